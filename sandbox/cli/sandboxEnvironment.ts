import { delimiter, dirname } from 'node:path';
import { defaultRegion, externalId, externalIdVariable, gcsProject } from '../seed/sandboxAccounts';
import { type RunningSandbox } from './runningSandbox';
import { type Seeded } from './seedSandbox';
import { type StateDirectory } from './stateDirectory';

/** Variables of the SDKs of AWS and Google Cloud and of Temporal that would lead elsewhere, or be sent along with the sandbox's keys. */
const misleading =
  /^(TEMPORAL_|FARCOPY_(PAYLOAD|TEMPORAL)_|AWS_(DEFAULT_)?PROFILE$|AWS_(SESSION|SECURITY)_TOKEN$|AWS_(ENDPOINT_URL|ROLE|WEB_IDENTITY|CONTAINER|IGNORE_CONFIGURED|USE)_|GOOGLE_(APPLICATION_|CLOUD_|SDK_)|GCLOUD_|CLOUDSDK_)/;

/** With these the AWS CLI, the SDKs of AWS and Google Cloud Storage, the `temporal` command and `farcopy` itself work against the sandbox. */
export function sandboxVariables(
  state: StateDirectory,
  sandbox: RunningSandbox,
  { credentials }: Pick<Seeded, 'credentials'>,
  environment: NodeJS.ProcessEnv,
): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: sandbox.awsEndpoint,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_REGION: defaultRegion,
    // The AWS CLI before version 2 and boto3 know only this one.
    AWS_DEFAULT_REGION: defaultRegion,
    AWS_CONFIG_FILE: state.awsConfigFile,
    AWS_SHARED_CREDENTIALS_FILE: state.awsCredentialsFile,
    // Google's clients send no credentials to what this names.
    STORAGE_EMULATOR_HOST: sandbox.gcsEndpoint,
    GOOGLE_CLOUD_PROJECT: gcsProject,
    TEMPORAL_ADDRESS: sandbox.temporalAddress,
    TEMPORAL_NAMESPACE: sandbox.temporalNamespace,
    TEMPORAL_CONFIG_FILE: state.temporalConfigFile,
    FARCOPY_FLEET: state.fleetFile,
    ...(sandbox.temporalUi === '' ? {} : { FARCOPY_TEMPORAL_UI: sandbox.temporalUi }),
    [externalIdVariable]: externalId,
    ...loopbackPastProxies(environment),
    ...pathTo(dirname(sandbox.temporalCli), environment),
  };
}

/** Names of set variables that would send a program elsewhere than to the sandbox. */
export function misleadingVariables(
  variables: Readonly<Record<string, string>>,
  environment: NodeJS.ProcessEnv,
): string[] {
  return Object.keys(environment).filter((name) => misleading.test(name) && !(name in variables));
}

/** The environment of a process that is to reach the sandbox and nothing else. */
export function sandboxEnvironment(
  variables: Readonly<Record<string, string>>,
  environment: NodeJS.ProcessEnv,
): NodeJS.ProcessEnv {
  const dropped = new Set(misleadingVariables(variables, environment));
  return { ...Object.fromEntries(Object.entries(environment).filter(([name]) => !dropped.has(name))), ...variables };
}

/** `export` and `unset` lines for a POSIX shell: `eval "$(farcopy sandbox env)"`. */
export function shellLines(variables: Readonly<Record<string, string>>, environment: NodeJS.ProcessEnv): string {
  const unset = misleadingVariables(variables, environment).map((name) => `unset ${name}\n`);
  const exported = Object.entries(variables).map(([name, value]) => `export ${name}=${shellQuoted(value)}\n`);
  return [...unset, ...exported].join('');
}

/** A value as one word of a POSIX shell. */
export function shellQuoted(value: string): string {
  return /^[\w@%+=:,./-]+$/.test(value) ? value : `'${value.replace(/'/g, `'\\''`)}'`;
}

/** Where a proxy is set, most programs would also ask it for 127.0.0.1. */
function loopbackPastProxies(environment: NodeJS.ProcessEnv): Record<string, string> {
  const proxied = Object.keys(environment).some((name) => /^(https?|all|grpc)_proxy$/i.test(name));
  if (!proxied) return {};
  const past = [
    ...new Set([...(environment.NO_PROXY ?? environment.no_proxy ?? '').split(','), '127.0.0.1', 'localhost']),
  ];
  const list = past.filter((host) => host !== '').join(',');
  return { NO_PROXY: list, no_proxy: list };
}

/** The `temporal` command of the cache is on no PATH; an older one that is there must not be taken for it. */
function pathTo(directory: string, environment: NodeJS.ProcessEnv): Record<string, string> {
  const path = environment.PATH ?? '';
  return path.split(delimiter).includes(directory) ? {} : { PATH: `${directory}${delimiter}${path}` };
}
