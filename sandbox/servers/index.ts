export { type AwsEmulator, type AwsEmulatorOptions, startAwsEmulator } from './awsEmulator';
export { type GcsEmulator, type GcsEmulatorOptions, startGcsEmulator } from './gcsEmulator';
export { type PostgresServer, type PostgresServerOptions, startPostgresServer } from './postgresServer';
export { ServerExitError } from './serverExitError';
export {
  farcopySearchAttributes,
  type SearchAttributeTypeName,
  startTemporalServer,
  type TemporalServer,
  type TemporalServerOptions,
} from './temporalServer';
