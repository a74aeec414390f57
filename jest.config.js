/** @type {import('@swc/core').Options} */
const swc = {
  jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
  module: { type: 'commonjs' },
  sourceMaps: 'inline',
};

/** Packages that are ES modules only, which Jest cannot load as they are. */
const esModules = 'hyparquet|hyparquet-compressors|hyparquet-writer|hysnappy|fzstd';

/** One project a layer of tests, so that each runs alone: `npm run test:unit`, `npm run test:workflow`, … */
const layer = (displayName, options = {}) => ({
  displayName,
  rootDir: __dirname,
  testEnvironment: 'node',
  testMatch: [`<rootDir>/test/${displayName}/**/*.test.ts`],
  transform: { '^.+\\.ts$': ['@swc/jest', swc], [`/node_modules/(${esModules})/.+\\.js$`]: ['@swc/jest', swc] },
  transformIgnorePatterns: [`/node_modules/(?!(${esModules})/)`],
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  ...options,
});

/** @type {import('jest').Config} */
module.exports = {
  projects: [
    layer('unit', { setupFilesAfterEnv: ['<rootDir>/test/no-network.ts'] }),
    layer('workflow'),
    layer('replay'),
    layer('simulation'),
    layer('integration'),
    layer('chaos'),
    layer('browser'),
  ],
  testTimeout: 120_000,
};
