import { failureTypes } from '../../../src/core/failure';
import { ToyClient } from '../service/toyClient';

/** Where the service is. */
export const shelfUrlVariable = 'FARCOPY_TOY_SHELF_URL';

export interface DescribedShelf {
  readonly name: string;
  readonly arn: string;
  readonly account: string;
  readonly region: string;
  readonly tags: Readonly<Record<string, string>>;
}

export interface DescribedExport {
  readonly id: string;
  readonly token: string;
  readonly shelf: string;
  readonly state: 'running' | 'completed' | 'failed';
  readonly reason: string | null;
  readonly items: number;
}

export function shelfClient(): ToyClient {
  return new ToyClient(shelfUrlVariable, {
    TooManyExports: failureTypes.limitReached,
    TokenInUse: failureTypes.conflict,
    InvalidMoment: failureTypes.invalidInput,
  });
}
