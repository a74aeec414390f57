import { parseDocument } from 'yaml';
import { describeIssue, exampleFleetFile, FleetFileError, parseFleet, policyOf, selectTier } from '../../src/config';
import { printableLines } from '../../src/core/plainText';
import { knownKinds } from '../../src/kinds/registry';
import { fc, json, mutatedJson, mutatedText, text } from '../inputs';
import { ensure, requirePlain, target } from '../target';

const example = exampleFleetFile(knownKinds);
const now = Date.parse('2026-11-21T02:00:00Z');
const resource = { kind: 'aurora-cluster', account: '999999999999', region: 'eu-west-1', id: 'shop' };

const texts = fc.oneof(
  { weight: 4, arbitrary: mutatedText(example) },
  { weight: 4, arbitrary: mutatedJson(parseDocument(example).toJS()).map((document) => JSON.stringify(document)) },
  { weight: 1, arbitrary: json.map((document) => JSON.stringify(document) ?? '') },
  { weight: 1, arbitrary: text },
);

/** What `farcopy` reads first, and everything else trusts. */
export const fleetFile = target(
  'fleetFile',
  fc.tuple(texts, fc.option(fc.constantFrom('staging', '__proto__', 'x'), { nil: undefined })),
  ([written, overlay]) => {
    let fleet;
    try {
      fleet = parseFleet(written, 'fleet.yaml', { kinds: knownKinds, overlay, now });
    } catch (error) {
      if (!(error instanceof FleetFileError)) throw error;
      ensure(error.issues.length > 0, 'refused, and nothing is wrong');
      const told = error.issues.map(describeIssue);
      ensure(told.join('\n').length < 200_000, `${told.length} faults of ${told.join('\n').length} characters`);
      for (const issue of told) requirePlain(printableLines(issue));
      return;
    }
    for (const { name } of fleet.tiers) policyOf(fleet, name);
    for (const kind of knownKinds.names)
      selectTier(fleet, { ...resource, kind, arn: 'arn', tags: { criticality: '__proto__', backup: 'true' } });
  },
);
