import { packageFile } from './packageFile';
import { pythonEnvironment } from './pythonEnvironment';
import { type ServerRecipe } from './serverRecipe';

/**
 * A Python with everything that `sandbox/aws/farcopy_aws_emulator` imports. It changes moto from within, so moto must be the very
 * version that it was written for.
 */
export const awsEmulator = (): ServerRecipe =>
  pythonEnvironment({
    name: 'aws-emulator',
    label: 'the AWS emulator',
    environmentVariable: 'FARCOPY_AWS_EMULATOR',
    requirements: packageFile('sandbox', 'aws', 'requirements.txt'),
    pinned: 'moto',
  });

/** The same, and what its own tests import. */
export const awsEmulatorTests = (): ServerRecipe =>
  pythonEnvironment({
    name: 'aws-emulator-tests',
    label: "the AWS emulator's tests",
    environmentVariable: 'FARCOPY_AWS_EMULATOR_TESTS',
    requirements: packageFile('sandbox', 'aws', 'requirements-test.txt'),
    pinned: 'moto',
  });
