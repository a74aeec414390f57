import { type Kind } from '../../src/kinds/kind';
import { kinds } from '../../src/kinds/registry';
import { crate } from './crate/crate';
import { shelf } from './shelf/shelf';

/** The kinds of the product, and the toys, which no cloud has. */
export const toyKinds: readonly Kind[] = [...kinds, crate, shelf];
