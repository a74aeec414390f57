import { quoted } from '../reading/quoted';
import { check } from './check';

/** A key named by ARN or id exists in one account and region; only an alias can be looked up in each. */
export const keysFitTheirVaults = check(['vaults'], ({ vaults }, report) => {
  for (const [name, vault] of Object.entries(vaults)) {
    if (!('account' in vault)) continue;
    const { account, region, key } = vault;
    if (key.startsWith('alias/')) continue;
    const path = ['vaults', name, 'key'];
    if (typeof region !== 'string') {
      report.error(path, `${quoted(key)} is a key of one region, and the vault is in several`, 'name it by alias');
      continue;
    }
    const [, , , keyRegion, keyAccount] = key.split(':');
    if (keyAccount !== undefined && keyAccount !== account) {
      report.error(path, `the key belongs to account ${keyAccount}, the vault to ${account}`);
    }
    if (keyRegion !== undefined && keyRegion !== region) {
      report.error(path, `the key is in ${keyRegion}, the vault in ${region}`);
    }
  }
});
