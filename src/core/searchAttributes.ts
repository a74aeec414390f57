import { defineSearchAttributeKey, type SearchAttributePair } from '@temporalio/common';
import { type ProtectionPolicy } from './backup/policy';
import { shortened } from './plainText';
import { type ResourceRef } from './resource';

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

/** What every execution about one resource can be found by. */
export function resourceAttributes(
  policy: Pick<ProtectionPolicy, 'fleet' | 'tier'>,
  resource: ResourceRef,
): SearchAttributePair[] {
  return [
    { key: searchAttributes.fleet, value: policy.fleet },
    { key: searchAttributes.kind, value: resource.kind },
    { key: searchAttributes.account, value: resource.account },
    { key: searchAttributes.region, value: resource.region },
    { key: searchAttributes.resource, value: resource.id },
    { key: searchAttributes.tier, value: policy.tier },
  ];
}

/** Shortens a text to what a keyword attribute holds. */
export function keyword(text: string): string {
  return shortened(text, 255);
}
