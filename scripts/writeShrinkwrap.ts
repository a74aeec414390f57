import { writeFileSync } from 'node:fs';
import { packageFile } from '../sandbox/provision/packageFile';
import { productionManifests } from './productionPackages';

/**
 * Part of `npm pack`: what a production install pins, for whoever installs the package. Of lock files npm heeds this one alone in a
 * package, and `overrides` not at all. npm prefers it to package-lock.json, so `npm run build` removes one that a broken-off `npm pack` has left.
 */
writeFileSync(packageFile('npm-shrinkwrap.json'), `${JSON.stringify(productionManifests().lock, null, 2)}\n`);
