/** What a step meets that is tried again. */
export interface StepTrouble {
  /** Tries that failed; null where they are counted in with looks at what runs. */
  readonly attempts: number | null;
  readonly message: string;
  /** When the first try began (ISO 8601, UTC); null where nobody can tell. */
  readonly since: string | null;
  /** When the last try ended, and when the next one comes (ISO 8601, UTC); null where Temporal does not tell. */
  readonly last: string | null;
  readonly next: string | null;
}
