'use strict';

/*
 * Has the Temporal SDK download the Temporal CLI. The SDK offers that only together with starting it once.
 *
 * Usage: node downloadTemporal.js EMPTY_FOLDER VERSION
 */
const { TestWorkflowEnvironment } = require('@temporalio/testing');

const [downloadDir, version] = process.argv.slice(2);

TestWorkflowEnvironment.createLocal({ server: { executable: { type: 'cached-download', downloadDir, version } } })
  .then((environment) => environment.teardown())
  .catch((error) => {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  });
