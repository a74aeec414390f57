import { packageFile } from './packageFile';
import { pythonEnvironment } from './pythonEnvironment';
import { type ServerRecipe } from './serverRecipe';

/** A Python with the linters of `npm run lint:deploy`, beside which their commands are. */
export const deployLinters = (): ServerRecipe =>
  pythonEnvironment({
    name: 'deploy-linters',
    label: 'the linters of deploy/',
    environmentVariable: 'FARCOPY_DEPLOY_LINTERS',
    requirements: packageFile('deploy', 'lint', 'requirements.txt'),
    pinned: 'cfn-lint',
  });
