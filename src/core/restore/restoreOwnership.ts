/** Tags of what a restore has made: both together prove whose it is. */
export const restoreTags = {
  /** Id of the workflow. */
  restore: 'farcopy:restore',
  /** Its first run: another run under the same id is another restore. */
  run: 'farcopy:restore-run',
  recoveryPoint: 'farcopy:restored-recovery-point',
} as const;

/** What a restore knows its own work by. Characters that tags may not have become `_`. */
export function ownershipTags(workflowId: string, runId: string): Readonly<Record<string, string>> {
  return { [restoreTags.restore]: tagValue(workflowId), [restoreTags.run]: runId };
}

/** A text as AWS takes it as the value of a tag. */
export function tagValue(text: string): string {
  return text.replace(/[^\p{L}\p{N}\s_.:/=+\-@]/gu, '_').slice(0, 256);
}

/** Whether the tags of something carry all of these; of none, nothing is. */
export function isOwned(tags: Readonly<Record<string, string>>, ownership: Readonly<Record<string, string>>): boolean {
  const wanted = Object.entries(ownership);
  return wanted.length > 0 && wanted.every(([name, value]) => tags[name] === value);
}
