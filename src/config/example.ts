import { type Kinds } from '../core/kind';

/** Where the example tells editors to look for the JSON Schema, unless told otherwise. */
const defaultSchema = './schema/fleet.schema.json';

/**
 * The commented fleet file that `farcopy init` writes: it selects every kind. `schema` is a URL, or a path from where the file
 * will lie.
 */
export function exampleFleetFile(kinds: Kinds, schema: string = defaultSchema): string {
  return `# yaml-language-server: $schema=${schema}
#
# A Farcopy fleet: which resources are protected, how well, and where their copies go.
# Check it with: farcopy check

# Part of every snapshot's name: choose it once.
fleet: panda

# {account} stands for the account that is opened.
roles:
  source: arn:aws:iam::{account}:role/farcopy-source
  vault: arn:aws:iam::{account}:role/farcopy-vault
  # What the roles' trust policies demand, taken from the environment:
  # externalId: {env: FARCOPY_EXTERNAL_ID}

# The accounts whose resources are protected. Quote their numbers.
accounts:
  - id: "999999999999"
    name: shop
    regions: [eu-west-1]
  - id: "888888888888"
    name: billing
    regions: [eu-west-1]
# Or all accounts of an AWS organisation:
# accounts:
#   organization:
#     account: "777777777777"   # may list the others
#     regions: [eu-west-1]
#     exclude: ["sandbox-*"]

# Where copies are kept: an account that holds nothing else, and a key of its own in each region.
vaults:
  secure:
    account: "111111111111"
    key: alias/farcopy          # without a region: each copy stays in the region of its resource
  secure-dr:
    account: "111111111111"
    region: eu-central-1
    key: alias/farcopy

# Snapshots under ${defaultKeys(kinds)} cannot be shared. Copies under this key, of the source accounts, can.
shareableKey: alias/farcopy

# The first rule that matches a resource decides.
select:
${kinds.names.map((kind, i) => (i === 0 ? ruleWithEverything(kind) : rule(kind))).join('')}
# Most critical first: what comes first is served first.
tiers:
  critical:
    schedule: "0 * * * *"       # every hour
    rpo: 2h                     # alert when the last verified copy is older
    route: [secure, secure-dr]
    retention: {hourly: 24, daily: 14, weekly: 8, monthly: 12, minimum: 3}
    # How its databases are connected to: for their schemas, and in drills.
    # connect: {user: farcopy, authentication: iam}
    # What proves that a copy comes back: it is restored, checked, timed and torn down.
    # drills:
    #   weekly:
    #     schedule: "0 6 * * 1"
    #     point: random
    #     from: secure-dr
    #     to: {account: "333333333333", region: eu-central-1, subnetGroup: drills, instanceClasses: [db.t4g.medium]}
    #     rto: 1h
    #     checks:
    #       - {table: shop.orders, rows: 1000000}
    #       - {freshness: select max(updated_at) from shop.orders, within: 2h}
  standard:
    schedule: "30 0 * * *"      # a time that no clock change skips
    timezone: Europe/Vienna
    jitter: 10m
    rpo: 26h
    route: [secure, secure-dr]
    retention: {daily: 14, minimum: 2}

# Where restores may lead, beside the account of the resource itself and the targets of drills:
# restore:
#   targets:
#     - {account: "333333333333", regions: [eu-central-1]}

# AWS's service limits, where yours are higher:
# limits:
#   - {limit: ${kinds.limits[0]?.name ?? ''}, account: "999999999999", capacity: 20}

# notifications:
#   snsTopics: ["arn:aws:sns:eu-west-1:111111111111:farcopy"]
#   channels:
#     - {name: on-call, type: pagerduty, routingKey: {env: FARCOPY_PAGERDUTY_KEY}, events: [rpo-missed, rpo-met]}
#     - {name: team, type: slack, url: {env: FARCOPY_SLACK_URL}}

# What differs in an environment, merged over the rest: farcopy --overlay staging
overlays:
  staging:
    fleet: panda-staging
    tiers:
      critical: {schedule: "@daily", rpo: 26h}
`;
}

function ruleWithEverything(kind: string): string {
  return `  - kind: ${kind}
    tags: {backup: "true"}
    exclude:
      names: ["*-scratch"]
    # The tag "criticality" names the tier.
    tier: {tag: criticality, default: standard}
`;
}

function rule(kind: string): string {
  return `  - kind: ${kind}
    tags: {backup: "true"}
    tier: standard
`;
}

/** `the default key aws/…`, of several kinds with `or` between them. */
function defaultKeys(kinds: Kinds): string {
  const keys = new Set(kinds.all.flatMap(({ capabilities: { defaultKey } }) => defaultKey ?? []));
  return `the default key ${[...keys].join(' or ')}`;
}
