import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describeIssue, FleetFileError, loadFleet } from '../../../src/config';
import { cpuSecondsOf } from './cpuSeconds';
import { thrownBy } from './thrownBy';

const folder = join(__dirname, 'hostile');

/** File, and where and what one of its errors must say. */
const hostile: readonly (readonly [name: string, line: number, path: string, fragment: string])[] = [
  ['empty', 1, '', 'the file is empty'],
  ['only-comments', 1, '', 'the file is empty'],
  ['null-document', 1, '', 'the file is empty'],
  ['list-at-the-top', 1, '', 'must be a map, not a list'],
  ['text-at-the-top', 1, '', 'must be a map, not a text'],
  ['two-documents', 16, '', 'a second document'],
  ['utf-16', 1, '', 'is UTF-16'],
  ['utf-16-big-endian', 1, '', 'is UTF-16'],
  ['latin-1', 4, '', 'is not UTF-8'],
  ['binary', 2, '', 'is not UTF-8'],
  ['nul-byte', 13, '', 'control character `\\u0000`'],
  ['escape-sequence', 13, '', 'control character `\\u001b`'],
  ['tabs', 12, '', 'Tabs are not allowed as indentation'],
  ['byte-order-mark-and-typo', 1, 'flet', 'unknown key `flet`'],
  ['windows-line-ends', 13, 'tiers.critical.rpo', 'not a duration'],
  ['unclosed-bracket', 15, '', 'Flow sequence'],
  ['unclosed-quote', 16, '', 'Missing closing "quote'],
  ['bad-indentation', 13, '', 'Nested mappings are not allowed'],
  ['bad-escape', 12, '', 'Invalid escape sequence'],
  ['javascript-tag', 1, '', 'Unresolved tag'],
  ['own-tag', 13, '', 'Unresolved tag'],
  ['yaml-1.1', 1, '', 'YAML 1.1 is not supported'],
  ['merge-key', 14, 'tiers.critical["<<"]', 'unknown key `<<`'],
  ['duplicate-top-key', 16, 'fleet', 'duplicate key `fleet`'],
  ['duplicate-tier', 12, 'tiers.critical', 'duplicate key `critical`'],
  ['duplicate-vault', 7, 'vaults.secure', 'duplicate key `secure`'],
  ['map-as-key', 11, 'tiers', 'a key must be a text'],
  ['empty-key', 11, 'tiers', 'a key must be a text'],
  ['proto-key', 11, 'tiers', '`__proto__` cannot be a key'],
  ['constructor-tier', 9, 'select[0].tier', 'unknown tier `constructor`'],
  ['self-containing-alias', 4, 'accounts[0]', 'contains itself'],
  ['cycle-through-overlay', 3, 'overlays.prod.tiers', 'contains itself'],
  ['unknown-alias', 14, 'tiers.critical.route', 'names no anchor'],
  ['anchor-twice', 14, 'tiers.critical.route[1]', 'anchor `v` is defined twice'],
  ['unknown-key', 13, 'tiers.critical.rop', 'did you mean `rpo`?'],
  ['unknown-section', 8, 'selects', 'did you mean `select`?'],
  ['missing-fleet', 1, 'fleet', 'is missing'],
  ['missing-rpo', 11, 'tiers.critical.rpo', 'is missing'],
  ['missing-minimum', 15, 'tiers.critical.retention.minimum', 'is missing'],
  ['empty-section', 10, 'nothing', 'unknown key `nothing`'],
  ['null-tiers', 10, 'tiers', 'must be a map, not empty'],
  ['tiers-as-list', 10, 'tiers', 'must be a map, not a list'],
  ['text-for-list', 14, 'tiers.critical.route', 'must be a list, not a text'],
  ['number-for-text', 1, 'fleet', 'must be a text, not a number'],
  ['text-for-boolean', 8, 'singleStepCopy', 'must be true or false, not a text'],
  ['list-for-text', 13, 'tiers.critical.rpo', 'must be a text, not a list'],
  ['not-a-number', 15, 'tiers.critical.retention.minimum', 'must be a number, not NaN'],
  ['infinity', 15, 'tiers.critical.retention.daily', 'must be'],
  ['fraction', 15, 'tiers.critical.retention.daily', 'must be a whole number'],
  ['negative-retention', 15, 'tiers.critical.retention.daily', 'must be at least 0'],
  ['minimum-zero', 15, 'tiers.critical.retention.minimum', 'must be at least 1'],
  ['huge-retention', 15, 'tiers.critical.retention.daily', 'must be'],
  ['account-as-number', 4, 'accounts[0].id', 'put its 12 digits in quotes'],
  ['account-with-leading-zero', 4, 'accounts[0].id', 'loses leading zeros'],
  ['account-too-short', 4, 'accounts[0].id', 'exactly 12 digits'],
  ['account-in-other-digits', 4, 'accounts[0].id', 'exactly 12 digits'],
  ['region-syntax', 4, 'accounts[0].regions[0]', 'not a region'],
  ['region-zone', 7, 'vaults.secure-dr.region', 'not a region'],
  ['no-regions', 4, 'accounts[0].regions', 'must not be empty'],
  ['fleet-in-unicode', 1, 'fleet', 'must be letters a–z'],
  ['fleet-upper-case', 1, 'fleet', 'must be letters a–z'],
  ['fleet-too-long', 1, 'fleet', 'at most 40 characters'],
  ['tier-in-unicode', 11, 'tiers.kritisch-ü', 'must be letters a–z'],
  ['vault-in-homoglyphs', 14, 'tiers.critical.route[0]', 'must be letters a–z'],
  ['bidi-override', 13, 'tiers.critical.rpo', '`2\\u202eh`'],
  ['duration-without-unit', 13, 'tiers.critical.rpo', 'not a duration'],
  ['duration-as-number', 13, 'tiers.critical.rpo', 'must be a text, not a number'],
  ['duration-zero', 13, 'tiers.critical.rpo', 'must be at least 1m'],
  ['role-without-account', 2, 'roles.source', 'not a role for every account'],
  ['role-with-unknown-placeholder', 2, 'roles.source', 'not a role for every account'],
  ['external-id-shell-style', 2, 'roles.externalId', '{env: NAME}'],
  ['external-id-list', 2, 'roles.externalId', 'must be a text, or {env: NAME}'],
  ['key-managed-by-aws', 6, 'vaults.secure.key', 'managed by AWS'],
  ['key-nonsense', 6, 'vaults.secure.key', 'not a KMS key'],
  ['key-of-another-account', 6, 'vaults.secure.key', 'belongs to account 222222222222'],
  ['key-in-another-region', 6, 'vaults.secure.key', 'the key is in us-east-1'],
  ['key-of-one-region-for-many', 6, 'vaults.secure.key', 'name it by alias'],
  ['shareable-key-arn', 8, 'shareableKey', 'not an alias'],
  ['duplicate-account', 5, 'accounts[1].id', 'already accounts[0]'],
  ['duplicate-region', 4, 'accounts[0].regions[1]', 'listed twice'],
  ['accounts-as-map', 4, 'accounts.999999999999', 'unknown key `999999999999`'],
  ['organization-without-account', 4, 'accounts.organization.account', 'is missing'],
  ['vault-in-source-account', 6, 'vaults.secure.account', 'is also one of `accounts`'],
  ['vault-named-source', 6, 'vaults.source', 'Farcopy’s own places'],
  ['object-store-vault', 6, 'vaults.other-cloud', 'not supported yet: object-store vaults'],
  ['no-vaults', 5, 'vaults', 'must name at least one vault'],
  ['vault-map-misses-region', 7, 'vaults.secure-dr.region', 'no region for resources in eu-west-1'],
  ['empty-route', 14, 'tiers.critical.route', 'must not be empty'],
  ['unknown-vault', 14, 'tiers.critical.route[1]', 'did you mean `secure-dr`?'],
  ['same-place-twice', 14, 'tiers.critical.route[1]', 'vault `secure-dr` is in the same region as `secure`'],
  [
    'same-place-in-one-region',
    14,
    'tiers.critical.route[1]',
    'vault `secure-dr` is in the same region as `secure` for resources in eu-west-1',
  ],
  ['vault-twice', 14, 'tiers.critical.route[1]', 'already on this route'],
  ['key-missing-where-copy-lands', 15, 'tiers.critical.route[0]', 'lands in eu-west-1'],
  ['cron-february-30', 12, 'tiers.critical.schedule', 'its dates do not exist'],
  ['cron-minute-60', 12, 'tiers.critical.schedule', 'minute 60 is not within 0–59'],
  ['cron-four-fields', 12, 'tiers.critical.schedule', 'five fields'],
  ['cron-with-seconds', 12, 'tiers.critical.schedule', 'five fields'],
  ['cron-reboot', 12, 'tiers.critical.schedule', '@hourly'],
  ['cron-unquoted', 12, '', 'needs quotes'],
  ['cron-in-a-list', 12, 'tiers.critical.schedule[1]', 'hour 25 is not within 0–23'],
  ['unknown-timezone', 13, 'tiers.critical.timezone', 'not a time zone'],
  ['timezone-offset', 13, 'tiers.critical.timezone', 'not a time zone'],
  ['priority-six', 13, 'tiers.critical.priority', 'must be at most 5'],
  ['unknown-tier', 9, 'select[0].tier', 'did you mean `critical`?'],
  ['unknown-default-tier', 9, 'select[0].tier.default', 'unknown tier `standard`'],
  ['unknown-kind', 9, 'select[0].kind', 'did you mean `aurora-cluster`?'],
  ['tag-as-boolean', 9, 'select[0].tags.backup', 'write "true"'],
  ['tag-list-with-number', 9, 'select[0].tags.level[1]', 'write "1"'],
  ['empty-glob', 9, 'select[0].names[0]', 'must not be empty'],
  ['arn-nonsense', 9, 'select[0].arns[0]', 'not an ARN'],
  ['unknown-limit', 8, 'limits[0].limit', 'unknown value `snapshots`'],
  ['limit-zero', 8, 'limits[0].capacity', 'must be at least 1'],
  ['limit-twice', 10, 'limits[1]', 'the same limit in the same place'],
  ['polling-reversed', 8, 'polling.shortest', 'is longer than'],
  ['topic-nonsense', 8, 'notifications.snsTopics[0]', 'not the ARN of an SNS topic'],
  ['overlays-as-list', 8, 'overlays', 'must be a map'],
  ['overlay-as-text', 8, 'overlays.prod', 'must be a map'],
  ['overlay-typo', 9, 'tiers.critical.rop', 'with overlay `prod`'],
  ['overlay-breaks-route', 17, 'tiers.critical.route[1]', 'unknown vault `secure-dr` (with overlay `prod`)'],
  ['overlay-in-overlay', 9, 'overlays', 'unknown key `overlays` (with overlay `prod`)'],
];

describe('a hostile fleet file', () => {
  it.each(hostile)('%s is refused in line %i at "%s": %s', (name, line, path, fragment) => {
    let error: unknown;
    const seconds = cpuSecondsOf(() => (error = thrownBy(() => loadFleet(join(folder, `${name}.yaml`)))));
    expect(seconds).toBeLessThan(2);
    expect(error).toBeInstanceOf(FleetFileError);
    const { issues, message } = error as FleetFileError;
    const told = issues.map((issue) => [issue.line, issue.path, describeIssue(issue)] as const);
    expect(told).toContainEqual([line, path, expect.stringContaining(fragment)]);
    expect(issues.map((issue) => issue.line)).toEqual(issues.map((issue) => issue.line).sort((a, b) => a - b));
    // A terminal shows it as it is: nothing in it may move the cursor or reorder the text.
    expect(message).not.toMatch(/[\p{Cf}]|(?!\n)[\p{Cc}]/u);
  });

  it('has a row here', () => {
    expect(readdirSync(folder).sort()).toEqual(hostile.map(([name]) => `${name}.yaml`).sort());
  });
});
