import { vaultAccount } from '../seed/sandboxAccounts';
import { programName } from './programName';
import { type RunningSandbox } from './runningSandbox';
import { type Seeded } from './seedSandbox';
import { type StateDirectory } from './stateDirectory';

/** What `up --json` and `status --json` print of a sandbox that runs. */
export interface SandboxSummary {
  readonly running: true;
  readonly stateDir: string;
  readonly startedAt: string;
  readonly pid: number;
  readonly temporalAddress: string;
  readonly temporalNamespace: string;
  readonly temporalUi: string;
  readonly awsEndpoint: string;
  readonly gcsEndpoint: string;
  readonly fleetFile: string;
  readonly awsConfigFile: string;
  readonly logs: string;
  readonly vaultAccount: string;
  /** The accounts that were seeded, and how many resources each has. */
  readonly accounts: readonly { readonly account: string; readonly resources: number }[];
}

export function sandboxSummary(state: StateDirectory, sandbox: RunningSandbox, { seed }: Seeded): SandboxSummary {
  return {
    running: true,
    stateDir: state.path,
    startedAt: sandbox.startedAt,
    pid: sandbox.pid,
    temporalAddress: sandbox.temporalAddress,
    temporalNamespace: sandbox.temporalNamespace,
    temporalUi: sandbox.temporalUi,
    awsEndpoint: sandbox.awsEndpoint,
    gcsEndpoint: sandbox.gcsEndpoint,
    fleetFile: state.fleetFile,
    awsConfigFile: state.awsConfigFile,
    logs: state.logs,
    vaultAccount,
    accounts: seed.accounts.map((account) => ({
      account,
      resources: seed.resources.filter((resource) => resource.account === account).length,
    })),
  };
}

/**
 * The same for people.
 * @param option what a command needs to find this state directory: empty, or ` --state-dir …`.
 */
export function summaryText(summary: SandboxSummary, option: string): string {
  const farcopy = programName();
  const accounts = summary.accounts.map(({ account, resources }) => `${account} (${resources})`).join(', ');
  return `  Temporal       ${summary.temporalAddress}, namespace ${summary.temporalNamespace}
  Temporal UI    ${summary.temporalUi}
  AWS            ${summary.awsEndpoint}
  GCS            ${summary.gcsEndpoint}
  vault account  ${summary.vaultAccount}
  accounts       ${accounts === '' ? 'none yet' : `${accounts}, in brackets their resources`}
  fleet file     ${summary.fleetFile}
  logs           ${summary.logs}

  eval "$(${farcopy} sandbox env${option})"    the AWS CLI, the SDKs of AWS and GCS, temporal and farcopy work against it
  ${farcopy} sandbox seed${option} FILE        puts databases into it: sandbox/demo/fleet.json
  ${farcopy} sandbox down${option}             ends it
`;
}
