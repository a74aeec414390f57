import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { loadPromql, partsOf, unknownIn } from '../../support/promql';

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly h: number; readonly w: number; readonly x: number; readonly y: number };
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}

interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly definition?: string }[] };
}

const folder = path.resolve(__dirname, '../../../deploy/grafana');
const dashboards = readdirSync(folder)
  .filter((file) => file.endsWith('.json'))
  .map((file) => [file, JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as Dashboard] as const);
const panels = dashboards.flatMap(([file, dashboard]) =>
  dashboard.panels.map((panel) => [`${file}: ${panel.title === '' ? panel.type : panel.title}`, panel] as const),
);
/** As Prometheus gets it. */
const asSent = (expr: string) => expr.replaceAll('$__rate_interval', '5m').replaceAll('$job', 'farcopy');
const queries = panels.flatMap(([name, { targets = [] }]) =>
  targets.map(({ expr, legendFormat }) => [name, asSent(expr), legendFormat] as const),
);

let parser: Awaited<ReturnType<typeof loadPromql>>;
beforeAll(async () => {
  parser = await loadPromql();
});

test('there are dashboards of the fleet, of workers, and of limits, each found by its own name', () => {
  expect(dashboards.map(([, { uid }]) => uid)).toEqual(['farcopy-fleet', 'farcopy-limits', 'farcopy-workers']);
  expect(queries.length).toBeGreaterThan(40);
});

test.each(queries)('%s asks for metrics, labels and values that there are: %s', (_name, expr, legend) => {
  expect(unknownIn(parser, expr)).toEqual([]);
  const { selectors, grouped } = partsOf(parser, expr);
  for (const { matchers } of selectors) expect(matchers).toContainEqual({ label: 'job', value: 'farcopy' });
  const named = [...legend.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => label);
  expect(named.filter((label) => !(grouped.length === 0 ? ['instance', 'job'] : grouped).includes(label))).toEqual([]);
  // A variable of Grafana that nobody sets.
  expect(expr).not.toContain('$');
});

test.each(dashboards)('%s lets people choose Prometheus and job, and no panel lies on another', (_file, dashboard) => {
  expect(dashboard.templating.list.map(({ name }) => name)).toEqual(['datasource', 'job']);
  expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
  const taken = new Map<string, string>();
  for (const { title, gridPos } of dashboard.panels) {
    expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1)
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
        expect([title, taken.get(`${x} ${y}`)]).toEqual([title, undefined]);
        taken.set(`${x} ${y}`, title);
      }
  }
});
