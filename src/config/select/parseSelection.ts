import { storedId } from '../../core/kind';
import { type ResourceKind } from '../../core/resource';
import { type Fleet } from '../fleet';
import { FleetFileError } from '../reading/fleetFileError';
import { type Path, plainOf } from '../reading/located';
import { quoted } from '../reading/quoted';
import { readText } from '../reading/readText';
import { readYaml } from '../reading/readYaml';
import { Report } from '../reading/report';
import { selectionFile, wordsFor } from '../schema/selectionFile';
import { suggestion } from '../reading/suggestion';
import { validated } from '../schema/validation';

/** A resource named by hand; where its region is not given, it is looked for in all regions of its account. */
export interface SelectedResource {
  readonly kind: ResourceKind;
  readonly account: string;
  /** As its service stores it. */
  readonly id: string;
  readonly region?: string;
}

/**
 * Reads the file of a selection, see {@link parseSelection}.
 *
 * @throws FleetFileError with everything that is wrong; nothing else.
 */
export function loadSelection(file: string, fleet: Fleet): readonly SelectedResource[] {
  return parseSelection(readText(file), file, fleet);
}

/**
 * The selection of a run on demand, JSON or YAML: `{"accounts": [{"account_id": …, "resources": {KIND: […]}}]}`,
 * where KIND is the name of a kind or one of its aliases. `file` is its name in messages.
 *
 * @throws FleetFileError with everything that is wrong; nothing else.
 */
export function parseSelection(text: string, file: string, fleet: Fleet): readonly SelectedResource[] {
  const root = readYaml(text, file);
  const report = new Report(file, root);
  const selection = validated(selectionFile(fleet.kinds), plainOf(root), report);
  const selected: SelectedResource[] = [];
  const places = new Set<string>();

  const add = (path: Path, resource: SelectedResource) => {
    const { kind, account, region, id } = resource;
    const place = [kind, account, region ?? '', id].join('/');
    if (places.has(place)) report.error(path, `${quoted(id)} is selected twice`);
    places.add(place);
    selected.push(resource);
  };
  selection?.accounts.forEach(({ account_id: account, region, resources }, i) => {
    const path: Path = ['accounts', i];
    checkAccount(fleet, account, path, report);
    if (region !== undefined) checkRegion(fleet, account, region, [...path, 'region'], report);
    const lists = fleet.kinds.all.flatMap((kind) => wordsFor(kind).map((word) => ({ kind, word })));
    for (const { kind, word } of lists) {
      resources[word]?.forEach((item, j) => {
        const itemPath: Path = [...path, 'resources', word, j];
        const id = storedId(kind, typeof item === 'string' ? item : item.id);
        const ownRegion = typeof item === 'string' ? undefined : item.region;
        if (ownRegion !== undefined) checkRegion(fleet, account, ownRegion, [...itemPath, 'region'], report);
        const where = ownRegion ?? region;
        add(itemPath, { kind: kind.name, account, id, ...(where === undefined ? {} : { region: where }) });
      });
    }
  });
  if (selection !== undefined && selected.length === 0 && report.errors.length === 0) {
    report.error(['accounts'], 'nothing is selected');
  }
  if (report.errors.length > 0) throw new FleetFileError(report.errors);
  return selected;
}

/** The accounts of an organisation are known only once it is asked. */
function checkAccount({ accounts, name }: Fleet, account: string, path: Path, report: Report): void {
  if (accounts.type !== 'listed') return;
  const known = accounts.accounts.map(({ id }) => id);
  if (known.includes(account)) return;
  report.error(
    [...path, 'account_id'],
    `account ${quoted(account)} is none of fleet ${name}`,
    suggestion(account, known),
  );
}

function checkRegion({ accounts }: Fleet, account: string, region: string, path: Path, report: Report): void {
  const regions =
    accounts.type === 'listed' ? accounts.accounts.find(({ id }) => id === account)?.regions : accounts.regions;
  if (regions === undefined || regions.includes(region)) return;
  report.error(
    path,
    `region ${quoted(region)} is none of account ${account} in the fleet file`,
    suggestion(region, regions),
  );
}
