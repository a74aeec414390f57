export { type AwsEmulator, type AwsEmulatorOptions, startAwsEmulator } from './awsEmulator';
export { type GcsEmulator, type GcsEmulatorOptions, startGcsEmulator } from './gcsEmulator';
export { ServerExitError } from './serverExitError';
export {
  type SearchAttributeTypeName,
  startTemporalServer,
  type TemporalServer,
  type TemporalServerOptions,
} from './temporalServer';
