/** Input of the workflow `heartbeat`. */
export interface HeartbeatInput {
  readonly version: 1;
  readonly fleet: string;
  /** How often it comes: one is given up by the time that the next is due. */
  readonly seconds: number;
}
