import { programName } from '../../../sandbox/cli/programName';

test('whoever came by npm is told a command that is found', () => {
  expect(programName({ npm_command: 'run-script' })).toBe('npx farcopy');
  expect(programName({ npm_command: 'exec' })).toBe('npx farcopy');
  expect(programName({ PATH: '/usr/bin' })).toBe('farcopy');
});
