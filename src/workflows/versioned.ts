import { setWorkflowOptions } from '@temporalio/workflow';
import { protectResource } from './index';

export * from './index';

// A lifecycle never ends: it moves on to new code, where all else ends with the code that began it.
setWorkflowOptions({ versioningBehavior: 'AUTO_UPGRADE' }, protectResource);
