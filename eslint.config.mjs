import { defineConfig } from 'eslint/config';
import js from '@eslint/js';
import importX from 'eslint-plugin-import-x';
import jest from 'eslint-plugin-jest';
import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript';
import tseslint from 'typescript-eslint';

/** The layers of docs/architecture.md, lowest first: a folder may import itself and the folders before it. */
const layers = [
  'core',
  'config',
  'clouds',
  'payloads',
  'traces',
  'transfer',
  'postgres',
  'kinds',
  'activities',
  'workflows',
  'worker',
  'client',
];

/** What workflow code may never load: it would break determinism, or grow the bundle (docs/design/0003-workflow-bundle.md). */
const forbiddenInWorkflows = {
  patterns: [
    {
      group: [
        '@aws-sdk/*',
        '@smithy/*',
        '@google-cloud/*',
        'google-auth-library',
        'zod',
        'zod/*',
        'yaml',
        'pg',
        'hyparquet',
      ],
      message: 'Workflow code may not import an SDK or a parser: do it in an activity.',
    },
    { regex: '^node:', message: 'Workflow code may not import a Node built-in: do it in an activity.' },
    {
      group: ['@temporalio/*', '!@temporalio/workflow', '!@temporalio/common'],
      message: 'Workflow code uses @temporalio/workflow and @temporalio/common only.',
    },
    { regex: '/activities(/|$)', allowTypeImports: true, message: 'Import activities as types only.' },
  ],
  paths: ['fs', 'path', 'os', 'crypto', 'http', 'https', 'net', 'child_process', 'timers', 'util', 'stream', 'events']
    .map((name) => ({ name, message: 'Workflow code may not import a Node built-in.' }))
    .concat({
      name: '@temporalio/workflow',
      importNames: ['isCancellation'],
      message: 'It is true of a child that someone else has cancelled, too: use isOurCancellation.',
    }),
};

export default defineConfig(
  { ignores: ['dist', 'coverage', 'node_modules', '**/.venv', 'test/replay/histories'] },
  js.configs.recommended,
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ['*.mjs', '*.js', '*.config.ts'] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    plugins: { 'import-x': importX },
    settings: { 'import-x/resolver-next': [createTypeScriptImportResolver()] },
    rules: {
      eqeqeq: 'error',
      'no-console': 'error',
      'import-x/no-cycle': ['error', { ignoreExternal: true }],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/consistent-type-imports': [
        'error',
        { fixStyle: 'inline-type-imports', disallowTypeAnnotations: false },
      ],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/require-await': 'off',
      'import-x/no-restricted-paths': [
        'error',
        {
          basePath: import.meta.dirname,
          zones: [
            ...layers.slice(0, -1).map((layer, i) => ({
              target: `./src/${layer}`,
              from: layers.slice(i + 1).map((above) => `./src/${above}`),
              message: 'Imports point downwards only (docs/architecture.md).',
            })),
            {
              target: './src/workflows',
              from: ['config', 'clouds', 'payloads', 'traces', 'transfer', 'postgres', 'kinds'].map(
                (layer) => `./src/${layer}`,
              ),
              message: 'Workflow code imports core and activity types only.',
            },
            {
              target: './src',
              from: [
                './sandbox',
                './test',
                './bench',
                './fuzz',
                './simulation',
                './crashMatrix',
                './soak',
                './scripts',
                './bin',
              ],
              message: 'The product knows nothing of sandbox, tests and benchmarks.',
            },
          ],
        },
      ],
    },
  },
  {
    files: ['src/workflows/**/*.ts', 'src/core/**/*.ts'],
    rules: { '@typescript-eslint/no-restricted-imports': ['error', forbiddenInWorkflows] },
  },
  { files: ['**/*.{mjs,js}'], ...tseslint.configs.disableTypeChecked },
  {
    files: ['**/*.{mjs,js}'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        Buffer: 'readonly',
        setTimeout: 'readonly',
        require: 'readonly',
        module: 'writable',
        __dirname: 'readonly',
        fetch: 'readonly',
        URL: 'readonly',
      },
    },
    rules: { '@typescript-eslint/no-require-imports': 'off' },
  },
  { files: ['test/**/*.ts'], ...jest.configs['flat/recommended'] },
  {
    files: ['test/**/*.ts'],
    rules: {
      'jest/expect-expect': 'off',
      'jest/no-standalone-expect': 'off',
      '@typescript-eslint/unbound-method': 'off',
      'jest/no-conditional-expect': 'off',
    },
  },
  {
    files: [
      'bench/**/*.ts',
      'fuzz/**/*.ts',
      'simulation/main.ts',
      'simulation/year/main.ts',
      'crashMatrix/main.ts',
      'soak/main.ts',
      'scripts/**/*',
      'sandbox/**/main.ts',
    ],
    rules: { 'no-console': 'off' },
  },
);
