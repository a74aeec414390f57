/** What an activity does for a step. */
export type StepActivity = 'start' | 'wait' | 'undo';

/** `copy:secure#start#3`: by it a pending activity says which step it is of. */
export function stepActivityId(step: string, what: StepActivity, number: number): string {
  return `${step}#${what}#${number}`;
}

/** Reads such an id; null for that of any other activity. */
export function stepOfActivity(activityId: string): { readonly step: string; readonly what: StepActivity } | null {
  const [, step, what] = /^(.+)#(start|wait|undo)#\d+$/.exec(activityId) ?? [];
  return step === undefined || what === undefined ? null : { step, what: what as StepActivity };
}
