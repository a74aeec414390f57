import { setWorkflowOptions } from '@temporalio/workflow';
import { alerts, protectResource } from './index';

export * from './index';

// These never end: they move on to new code, where all else ends with the code that began it.
setWorkflowOptions({ versioningBehavior: 'AUTO_UPGRADE' }, alerts);
setWorkflowOptions({ versioningBehavior: 'AUTO_UPGRADE' }, protectResource);
