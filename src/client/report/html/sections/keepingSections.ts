import { type CostRange } from '../../../../core/report/cost';
import { type FleetReport } from '../../../../core/report/fleetReport';
import { departureText } from '../../../../core/retention/mark';
import { gauge } from '../charts';
import { capped, number, table, tag, type Times, type Tone } from '../elements';
import { markup, type Html } from '../markup';
import { section } from './fleetSections';

const most = { doomed: 20, brakes: 20, stocks: 100, costs: 15 } as const;

export function retention({ retention: plan, fleet }: FleetReport, times: Times): Html {
  if (plan === null)
    return section('retention', 'Retention', [
      markup`<p class="muted">Nobody could plan it: what must be read first could not be read.</p>`,
    ]);
  const { places, doomed, brakes, id } = plan;
  const shown = doomed.slice(0, most.doomed);
  return section('retention', 'Retention', [
    markup`<p class="muted">Plan ${id}: what would go now. Nothing goes that has not been marked for 72 hours.</p>`,
    table({
      caption: 'Copies by place',
      headings: [
        { title: 'Place' },
        { title: 'Stay', kind: 'number' },
        { title: 'Would go', kind: 'number' },
        { title: 'Marked already', kind: 'number' },
        { title: 'Left alone', kind: 'number' },
      ],
      rows: places.map(({ place, stay, go, marked, leftAlone }) => [
        place,
        number(stay),
        number(go),
        number(marked),
        number(leftAlone),
      ]),
      empty: 'There are no copies to judge.',
    }),
    brakes.length === 0
      ? null
      : markup`<h3>A person must say so</h3>
          <ul class="plain">
            ${brakes.slice(0, most.brakes).map((brake) => markup`<li>${times.within(brake)}</li>`)}
          </ul>
          ${capped(Math.min(brakes.length, most.brakes), brakes.length, 'farcopy prune --plan')}`,
    shown.length === 0
      ? markup`<p>Nothing would go.</p>`
      : markup`
          ${table({
            caption: 'Copies that retention lets go, those first that go first',
            headings: [
              { title: 'Resource' },
              { title: 'Place', kind: 'short' },
              { title: 'Data of', kind: 'short' },
              { title: 'Why', kind: 'text' },
              { title: 'When', kind: 'short' },
            ],
            rows: shown.map(({ copy, rule, departure }) => [
              markup`${copy.resource.slice(copy.resource.lastIndexOf('/') + 1)}<small>${copy.id}</small>`,
              copy.place,
              times.show(copy.dataTime),
              times.within(rule),
              departure.type === 'marked'
                ? markup`goes after ${times.show(departure.after)}`
                : departureText(departure, String),
            ]),
            empty: '',
          })}`,
    capped(shown.length, doomed.length, `farcopy report --format json --out ${fleet}.json`),
  ]);
}

const verdictTones: Readonly<Record<string, readonly [tone: Tone, word: string]>> = {
  carried: ['good', '✓ carried'],
  tight: ['warning', '! tight'],
  exceeded: ['bad', '✗ exceeded'],
};

export function stocks({ stocks: all }: FleetReport): Html {
  const shown = [...all].sort((a, b) => b.wanted / b.capacity - a.wanted / a.capacity).slice(0, most.stocks);
  return section('stock', 'Stock of copies', [
    markup`<p class="muted">
      How many copies AWS lets each account and region keep, and how many the retention wants there. The dashed line is
      what it wants.
    </p>`,
    table({
      caption: 'Stocks, the fullest first',
      headings: [
        { title: 'Where' },
        { title: 'Fill' },
        { title: 'Used', kind: 'number' },
        { title: 'Wanted', kind: 'number' },
        { title: 'Allowed', kind: 'number' },
        { title: 'Full in', kind: 'number' },
        { title: 'Verdict' },
      ],
      rows: shown.map(({ title, account, region, used, wanted, capacity, fullInDays, verdict }, i) => {
        const [tone, word] = verdictTones[verdict] ?? ['neutral', verdict];
        const name = `${title} in ${account}/${region}`;
        return [
          markup`${account}/${region}<small>${title}</small>`,
          gauge(`stock-${i}`, name, { used: used ?? 0, wanted, capacity, tone }),
          used === null ? 'not told' : number(used),
          number(wanted),
          number(capacity),
          fullInDays === null ? '–' : `${number(fullInDays)} days`,
          tag(tone, word),
        ];
      }),
      empty: 'No stock is counted, or nobody could plan.',
    }),
    capped(shown.length, all.length, 'farcopy plan --json'),
  ]);
}

const itemWords: Readonly<Record<string, string>> = {
  storage: 'storage',
  'between-regions': 'transfer between regions',
  exports: 'exports',
  'to-other-cloud': 'transfer to the other cloud',
};

export function cost({ cost: found, fleet }: FleetReport): Html {
  const { currency, asOf, sources, items, resources, sizesGuessed, notPlanned, unpriced, changedPerDay } = found;
  const range = ({ low, high }: CostRange) =>
    Math.round(low) === Math.round(high)
      ? `${currency} ${number(Math.round(high))}`
      : `${currency} ${number(Math.round(low))} – ${number(Math.round(high))}`;
  const shown = resources.slice(0, most.costs);
  return section('cost', 'Cost', [
    markup`<p>
      <strong>${range(found)}</strong> a month, once all periods of the retention are full; by list prices of ${asOf},
      for the fleet file as it stands.
    </p>`,
    markup`<p class="muted">
      The low end takes it that ${String(changedPerDay * 100)} % of a resource change in a day, where copies are
      incremental; the high end that every copy is billed
      whole.${sizesGuessed === 0 ? '' : ` The size of ${number(sizesGuessed)} ${sizesGuessed === 1 ? 'resource' : 'resources'} no copy tells yet: it may cost far more.`}${notPlanned === 0 ? '' : ` Not in it, since nobody could plan what their backups do: ${number(notPlanned)} resources.`}${unpriced.length === 0 ? '' : ` Not in it, since the table has no price: ${unpriced.map(({ kind, resources: count }) => `${number(count)} ${kind}`).join(', ')}.`}
    </p>`,
    table({
      caption: 'What costs most, a month',
      headings: [{ title: 'What' }, { title: 'Place' }, { title: 'A month', kind: 'number' }],
      rows: items.map((item) => [itemWords[item.item] ?? item.item, item.place, range(item)]),
      empty: 'Nothing that has a price is planned.',
    }),
    shown.length === 0
      ? null
      : table({
          caption: 'The dearest resources, a month',
          headings: [{ title: 'Resource' }, { title: 'A month', kind: 'number' }],
          rows: shown.map((one) => [one.path, range(one)]),
          empty: '',
        }),
    capped(shown.length, resources.length, `farcopy report --format json --out ${fleet}.json`),
    markup`<p class="muted">Prices: ${sources.join('; ')}. <code>farcopy report --prices FILE</code> takes others.</p>`,
  ]);
}

/** What people type next. */
export function nextCommands({ fleet, resources }: FleetReport): Html {
  const [worst] = resources;
  const argument = worst?.tier === null ? undefined : worst?.argument;
  const lines: readonly (readonly [what: string, command: string])[] = [
    ['How it stands now', 'farcopy status'],
    ...(argument === undefined
      ? []
      : ([
          [`Why ${worst?.name ?? ''} stands as it does`, `farcopy explain ${argument}`],
          ['A recovery point of it now', `farcopy backup ${argument}`],
          ['Its copies', `farcopy copies ${argument}`],
        ] as const)),
    ['Whether roles, keys and buckets are as they should be', 'farcopy check'],
    ['What retention would let go', 'farcopy prune --plan'],
    ['All of this as data', `farcopy report --format json --out ${fleet}.json`],
  ];
  return section('commands', 'Commands', [
    ...lines.map(
      ([what, command]) =>
        markup`<p>${what}</p>
          <pre role="group" tabindex="0" aria-label="${what}"><code>${command}</code></pre>`,
    ),
  ]);
}
