/** A small fleet file, valid and without warnings; tests change a piece of it. */
export const fleetText = `fleet: panda
roles: {source: "arn:aws:iam::{account}:role/farcopy-source", vault: "arn:aws:iam::{account}:role/farcopy-vault"}
accounts:
  - {id: "999999999999", regions: [eu-west-1]}
vaults:
  secure: {account: "111111111111", region: eu-west-1, key: alias/farcopy}
  secure-dr: {account: "111111111111", region: eu-central-1, key: alias/farcopy}
select:
  - {kind: aurora-cluster, tier: critical}
tiers:
  critical:
    schedule: "0 * * * *"
    rpo: 2h
    route: [secure, secure-dr]
    retention: {daily: 14, minimum: 3}
`;

/** {@link fleetText} with one piece replaced. */
export function fleetWith(piece: string, replacement: string): string {
  if (!fleetText.includes(piece)) throw new Error(`the fleet file of the tests has no ${piece}`);
  return fleetText.replace(piece, () => replacement);
}

/** {@link fleetText} with a drill of its tier. `line` is one more line of it. */
export function fleetWithDrill(line: string): string {
  return `${fleetText}    connect: {authentication: {secret: "farcopy/{id}"}}
    drills:
      weekly:
        schedule: "0 6 * * 1"
        ${line}
        to: {account: "333333333333", region: eu-central-1}
        checks:
          - {table: shop.orders, rows: 1}
`;
}
