'use strict';

/*
 * A parent to be killed: starts a Temporal server, the emulators of AWS and GCS, and PostgreSQL, then tells their pids.
 *
 * Usage: node parentOfServers.js FOLDER TEMPORAL_CLI AWS_EMULATOR GCS_EMULATOR POSTGRES_BIN
 */
const { transformFileSync } = require('@swc/core');
const { join } = require('node:path');

const jsc = { target: 'es2022', parser: { syntax: 'typescript' } };
require.extensions['.ts'] = (module, file) =>
  module._compile(transformFileSync(file, { jsc, module: { type: 'commonjs' } }).code, file);

const {
  startAwsEmulator,
  startGcsEmulator,
  startPostgresServer,
  startTemporalServer,
} = require('../../../sandbox/servers');

const [folder, temporalCli, awsEmulator, gcsEmulator, postgresBin] = process.argv.slice(2);
Promise.all([
  startTemporalServer({ path: temporalCli, logFile: join(folder, 'temporal.log') }),
  startAwsEmulator({ path: awsEmulator, logFile: join(folder, 'aws.log') }),
  startGcsEmulator({ path: gcsEmulator, logFile: join(folder, 'gcs.log') }),
  startPostgresServer({ bin: postgresBin, logFile: join(folder, 'postgres.log') }),
]).then((servers) => process.stdout.write(`${JSON.stringify(servers.map(({ pid }) => pid))}\n`));
