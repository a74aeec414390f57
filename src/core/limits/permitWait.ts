/** The histogram of waiting for permits (docs/metrics.md). Most are had at once; a limit may be full for a night. */
export const permitWaitMetric = {
  name: 'farcopy_permit_wait_seconds',
  buckets: [1, 10, 60, 300, 1800, 7200, 43_200],
};
