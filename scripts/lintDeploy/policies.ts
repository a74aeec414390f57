import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type RenderedResource, renderStack } from '../../sandbox/seed/cloudFormation';
import { stacksOf } from '../../sandbox/seed/seedRequest';
import { printed, type Verdict } from './verdict';

/** What parliament says and is no fault: issue, policy, detail, and why. */
const exceptions: readonly (readonly [issue: string, policy: RegExp, detail: RegExp, why: string])[] = [
  [
    'RESOURCE_STAR',
    /^(restore-account|source-account|retention-roles|vault-account-LenderRole)/,
    /rds:Describe/,
    'what lists is for all that the account has',
  ],
  ['RESOURCE_STAR', /^restore-account/, /^\["kms:/, 'keys of other accounts as well, which aws:ResourceAccount bounds'],
  [
    'RESOURCE_MISMATCH',
    /^(restore-account|source-account)/,
    /"rds:(Restore|Create|Copy|Delete)/,
    'one call needs several kinds of resources: each has a statement of its own',
  ],
  [
    'RESOURCE_MISMATCH',
    /^vault-account-ExportRole/,
    /s3:GetObjectAttributes/,
    'through no access point: s3:GetObject* as the guide has it',
  ],
  [
    'UNKNOWN_CONDITION_FOR_ACTION',
    /^(source-account|vault-account-LenderRole)/,
    /kms:ResourceAliases/,
    'AWS documents it for operations on keys',
  ],
  ['MISMATCHED_TYPE_BUT_USABLE', /^vault-boundary/, /StringNotEquals/, 'the ARN is a whole one, without a pattern'],
];

/** Every policy that the templates make, as CloudFormation would render it, by a name for people. */
function policies(): ReadonlyMap<string, unknown> {
  const at = (template: string, parameters: Readonly<Record<string, string>>) => ({
    template,
    account: '222222222222',
    region: 'eu-west-1',
    parameters,
  });
  const workers = at('workers', {
    ...{ Image: 'farcopy', VpcId: 'vpc-1', SubnetIds: 'subnet-1,subnet-2', TemporalAddress: 'temporal.example:7233' },
    FleetFileArn: 'arn:aws:ssm:eu-west-1:222222222222:parameter/farcopy/fleet-file',
    ExternalIdSecretArn: 'arn:aws:secretsmanager:eu-west-1:222222222222:secret:farcopy/external-id-a1b2c3',
    RunsRetention: 'true',
  });
  const stacks = [...stacksOf({ accounts: ['999999999999'], resources: [] }), workers, at('vault-boundary', {})];
  return new Map(
    stacks.flatMap((stack) =>
      [...renderStack(stack)].flatMap(([name, resource]) =>
        documentsOf(resource).map((document, i) => [`${stack.template}-${name}${i === 0 ? '' : i}`, document] as const),
      ),
    ),
  );
}

function documentsOf({ type, properties }: RenderedResource): readonly unknown[] {
  if (type === 'AWS::IAM::Role')
    return ((properties.Policies ?? []) as { PolicyDocument: unknown }[]).map(({ PolicyDocument }) => PolicyDocument);
  return /^AWS::IAM::(Managed|Role)?Policy$/.test(type) ? [properties.PolicyDocument] : [];
}

/** The grammar of IAM: actions, resources and condition keys that there are. */
export async function parliament(python: string): Promise<Verdict> {
  const folder = await mkdtemp(path.join(tmpdir(), 'farcopy-policies-'));
  try {
    const all = policies();
    for (const [name, document] of all) {
      // What stands for the ARN of a resource of the template is none.
      const text = JSON.stringify(document).replaceAll(
        /"\w+\.Arn"/g,
        '"arn:aws:logs:eu-west-1:222222222222:log-group:/farcopy/workers:*"',
      );
      await writeFile(path.join(folder, `${name}.json`), text);
    }
    const args = ['-m', 'parliament.cli', '--directory', folder, '--include_policy_extension', 'json', '--json'];
    const env = { ...process.env, PYTHONWARNINGS: 'ignore' };
    const lines = (await printed(python, args, { env })).split('\n').filter((line) => line !== '');
    const found = lines.map((line) => {
      const { issue, detail, location } = JSON.parse(line) as {
        issue: string;
        detail: unknown;
        location: { filepath: string };
      };
      return {
        issue,
        detail: String(typeof detail === 'string' ? detail : JSON.stringify(detail)),
        policy: path.basename(location.filepath, '.json'),
      };
    });
    const used = new Set<string>();
    const findings = found.filter(({ issue, detail, policy }) => {
      const exception = exceptions.find(([of, name, text]) => of === issue && name.test(policy) && text.test(detail));
      if (exception !== undefined) used.add(exception[3]);
      return exception === undefined;
    });
    return {
      linter: 'parliament',
      of: `${all.size} rendered policies`,
      findings: [
        ...findings.map(({ issue, detail, policy }) => `${policy}: ${issue} ${detail}`),
        ...exceptions.flatMap(([issue, , , why]) =>
          used.has(why) ? [] : [`the exception for ${issue} is of no use: ${why}`],
        ),
      ],
      explained: found.length - findings.length,
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
