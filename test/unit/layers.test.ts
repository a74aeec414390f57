import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { cycleOf, importGraph } from './importGraph';

const root = path.resolve(__dirname, '../..');

/** Lints source text as if it stood in `file`, by the project's own configuration, and returns what is wrong with its imports. */
function importProblems(cases: readonly { file: string; code: string }[]): string[][] {
  const script = `
    import { ESLint } from 'eslint';
    import tseslint from 'typescript-eslint';
    const eslint = new ESLint({ overrideConfig: [
      { files: ['**/*.ts'], ...tseslint.configs.disableTypeChecked },
      { files: ['**/*.ts'], languageOptions: { parserOptions: { projectService: false } } },
    ] });
    const results = [];
    for (const { file, code } of ${JSON.stringify(cases)}) {
      const [result] = await eslint.lintText(code, { filePath: file });
      results.push(result.messages.filter((m) => m.fatal || /restricted/.test(m.ruleId)).map((m) => m.message));
    }
    console.log(JSON.stringify(results));`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    cwd: root,
    encoding: 'utf8',
  });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as string[][];
}

const refused: readonly [what: string, file: string, code: string][] = [
  [
    'an SDK in a workflow',
    'src/workflows/x.ts',
    "import { RDSClient } from '@aws-sdk/client-rds';\nexport const a = RDSClient;",
  ],
  ['zod in a workflow', 'src/workflows/x.ts', "import { z } from 'zod';\nexport const a = z;"],
  [
    'a Node built-in in a workflow',
    'src/workflows/x.ts',
    "import { readFileSync } from 'node:fs';\nexport const a = readFileSync;",
  ],
  [
    'a Node built-in without its prefix',
    'src/core/x.ts',
    "import { readFileSync } from 'fs';\nexport const a = readFileSync;",
  ],
  [
    'the value of an activity in a workflow',
    'src/workflows/x.ts',
    "import { fleetActivities } from '../activities/backup/fleet';\nexport const a = fleetActivities;",
  ],
  [
    'the client in a workflow',
    'src/workflows/x.ts',
    "import { Client } from '@temporalio/client';\nexport const a = Client;",
  ],
  [
    'the fleet file in a workflow',
    'src/workflows/x.ts',
    "import { loadFleet } from '../config';\nexport const a = loadFleet;",
  ],
  [
    'a workflow in an activity',
    'src/activities/x.ts',
    "import { serviceLimit } from '../workflows/serviceLimit';\nexport const a = serviceLimit;",
  ],
  [
    'a provider in the clouds',
    'src/clouds/aws/x.ts',
    "import { providers } from '../../kinds/registry';\nexport const a = providers;",
  ],
  [
    'an activity in what loads PostgreSQL',
    'src/postgres/x.ts',
    "import { notificationActivities } from '../activities/notify/notification';\nexport const a = notificationActivities;",
  ],
  [
    'a provider in the transfer of objects',
    'src/transfer/x.ts',
    "import { providers } from '../kinds/registry';\nexport const a = providers;",
  ],
  [
    'what loads PostgreSQL in a workflow',
    'src/workflows/x.ts',
    "import { describeDatabase } from '../postgres/describeDatabase';\nexport const a = describeDatabase;",
  ],
  [
    'the sandbox in the product',
    'src/client/x.ts',
    "import { provision } from '../../sandbox/provision';\nexport const a = provision;",
  ],
];

const allowed: readonly [what: string, file: string, code: string][] = [
  [
    'the type of an activity in a workflow',
    'src/workflows/x.ts',
    "import { type FleetActivities } from '../activities/contracts';\nexport type A = FleetActivities;",
  ],
  [
    'core in a workflow',
    'src/workflows/x.ts',
    "import { failureTypes } from '../core/failure';\nexport const a = failureTypes;",
  ],
  [
    'a provider in an activity',
    'src/activities/x.ts',
    "import { providers } from '../kinds/registry';\nexport const a = providers;",
  ],
];

describe('the layers', () => {
  const answers = importProblems([...refused, ...allowed].map(([, file, code]) => ({ file, code })));

  test.each(refused.map(([what], i) => ({ what, problems: answers[i] })))('refuse $what', ({ problems }) => {
    expect(problems).toHaveLength(1);
  });

  test.each(allowed.map(([what], i) => ({ what, problems: answers[refused.length + i] })))(
    'allow $what',
    ({ problems }) => {
      expect(problems).toEqual([]);
    },
  );
});

const graph = importGraph(path.join(root, 'src'));

describe('the imports of src', () => {
  test('are all found', () => {
    expect(graph.get('transfer/transferObjects.ts')).toEqual(
      expect.arrayContaining(['transfer/route.ts', 'core/catalogue/manifest.ts']),
    );
  });

  // ESLint's import-x/no-cycle passes over imports of types.
  test('lead in no circle, those of types included', () => {
    expect(cycleOf(graph)).toBeNull();
  });
});

test('no folder of src has more than 20 files directly in it', () => {
  const files = new Map<string, number>();
  for (const file of graph.keys()) files.set(path.dirname(file), (files.get(path.dirname(file)) ?? 0) + 1);
  expect([...files].filter(([, count]) => count > 20)).toEqual([]);
});

test('a circle is told file by file', () => {
  const graph = new Map([
    ['a.ts', ['b.ts']],
    ['b.ts', ['c.ts', 'd.ts']],
    ['c.ts', []],
    ['d.ts', ['b.ts']],
  ]);
  expect(cycleOf(graph)).toEqual(['b.ts', 'd.ts']);
});
