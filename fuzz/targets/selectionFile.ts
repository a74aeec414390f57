import { exampleFleetFile, parseFleet, parseSelection } from '../../src/config';
import { knownKinds } from '../../src/kinds/registry';
import { fc, mutatedJson, mutatedText, text } from '../inputs';
import { ensure, refusedOr, target } from '../target';

const fleet = parseFleet(exampleFleetFile(knownKinds), 'fleet.yaml', { kinds: knownKinds });
const selection = {
  accounts: [
    {
      account_id: '999999999999',
      region: 'eu-west-1',
      resources: { aurora: ['shop', { id: 'orders', region: 'eu-west-1' }], rds: ['one'] },
    },
  ],
};

/** What `farcopy backup --file` reads. */
export const selectionFile = target(
  'selectionFile',
  fc.oneof(
    mutatedJson(selection).map((document) => JSON.stringify(document)),
    mutatedText(JSON.stringify(selection, null, 1)),
    text,
  ),
  async (written) => {
    const selected = await refusedOr(() => parseSelection(written, 'selection.json', fleet));
    for (const { kind, account, id } of selected ?? [])
      ensure(
        knownKinds.has(kind) && /^\d{12}$/.test(account) && knownKinds.get(kind).id.pattern.test(id),
        `selected ${kind}/${account}/${id}`,
      );
  },
);
