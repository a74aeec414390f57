import { defineSearchAttributeKey } from '@temporalio/common';

/**
 * The search attributes that make the Temporal UI's list a console. All are keywords of at most 255 characters; `farcopy apply`
 * registers them.
 */
export const searchAttributes = {
  fleet: defineSearchAttributeKey('FarcopyFleet', 'KEYWORD'),
  kind: defineSearchAttributeKey('FarcopyKind', 'KEYWORD'),
  account: defineSearchAttributeKey('FarcopyAccount', 'KEYWORD'),
  region: defineSearchAttributeKey('FarcopyRegion', 'KEYWORD'),
  resource: defineSearchAttributeKey('FarcopyResource', 'KEYWORD'),
  tier: defineSearchAttributeKey('FarcopyTier', 'KEYWORD'),
  state: defineSearchAttributeKey('FarcopyState', 'KEYWORD'),
  recoveryPoint: defineSearchAttributeKey('FarcopyRecoveryPoint', 'KEYWORD'),
  /** What it waits for, or why it failed. */
  reason: defineSearchAttributeKey('FarcopyReason', 'KEYWORD'),
} as const;

/** Values of `FarcopyState`, shared by all workflows. */
export type VisibleState =
  'Idle' | 'Running' | 'Waiting' | 'Paused' | 'Completed' | 'PartiallyFailed' | 'Failed' | 'Cancelled' | 'Retired';

/** Shortens a text to what a keyword attribute holds. */
export function keyword(text: string): string {
  return text.length <= 255 ? text : `${text.slice(0, 254)}…`;
}
