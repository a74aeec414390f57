/**
 * What the server takes (Temporal 1.31, `common/dynamicconfig/constants.go`: limit.blobSize.error and .warn, limit.historyCount.error,
 * limit.historySize.error, limit.maxInFlight…, limit.numPending….error, history.maxTotalUpdates, …suggestContinueAsNew).
 */
export const limits = {
  payloadBytes: 2 * 1024 * 1024,
  payloadWarnBytes: 256 * 1024,
  historyEvents: 51_200,
  historyBytes: 50 * 1024 * 1024,
  signalsOfRun: 10_000,
  updatesOfRun: 2000,
  updatesInFlight: 10,
  pending: 2000,
  suggestedEvents: 4096,
  suggestedBytes: 4 * 1024 * 1024,
} as const;
