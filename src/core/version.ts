/** The release, as package.json has it (test/unit/clouds/version.test.ts keeps the two equal). */
export const version = '0.1.0';
