import { readFileSync } from 'node:fs';
import { workflowBundle } from './workflowBundle';

const mapComment = 'sourceMappingURL=data:application/json;charset=utf-8;base64,';
let code = '';
/** Every module that went in, as the source map lists them. */
let modules: string[] = [];

beforeAll(async () => {
  const { codePath } = await workflowBundle();
  const [before = '', map = ''] = readFileSync(codePath, 'utf8').split(mapComment);
  code = before;
  modules = (JSON.parse(Buffer.from(map, 'base64').toString()) as { sources: string[] }).sources;
});

describe('the bundle that every workflow runs from', () => {
  it('stays small, since every worker loads it: 1.19 MB with traces, when this bound was set', () => {
    expect(code.length).toBeLessThan(1_210_000);
  });

  it('holds the workflows and the rules they go by', () => {
    for (const name of [
      'workflows/createRecoveryPoint',
      'workflows/serviceLimit',
      'core/limits/permitQueue',
      'core/steps/walk',
    ])
      expect(modules.filter((module) => module.endsWith(`/src/${name}.ts`))).toHaveLength(1);
  });

  // A new package here is a decision: an SDK or zod would triple the bundle without any error, see temporalio's bundler.
  it('holds no package but the SDK’s own workflow side: no cloud SDK, no parser, no Node built-in', () => {
    const packages = modules.flatMap(
      (module) => /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules\/)/.exec(module)?.[1] ?? [],
    );
    expect([...new Set(packages)].sort()).toEqual([
      '@temporalio/common',
      '@temporalio/workflow',
      'long',
      'ms',
      'nexus-rpc',
    ]);
    expect(modules.filter((module) => /^(external |node:)/.test(module))).toEqual([]);
  });

  it('holds nothing of ours but workflows and core', () => {
    const layers = modules.flatMap((module) =>
      module.includes('node_modules') ? [] : (/\/src\/([^/]+)\//.exec(module)?.[1] ?? []),
    );
    expect([...new Set(layers)].sort()).toEqual(['core', 'workflows']);
  });
});
