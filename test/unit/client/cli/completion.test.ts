import { execFileSync } from 'node:child_process';
import { Command } from 'commander';
import { completionScript } from '../../../../src/client/cli/completionScript';
import { run } from './terminal';

const program = new Command('farcopy').option('--fleet <file>', "the fleet's file");
program.command('plan').summary('look').option('--limit <n>', 'rows');
const sandbox = program.command('sandbox').description('try things\nout');
sandbox.command('up').option('--state-dir <dir>', 'where');
sandbox.command('down');

/** What bash offers for the last of the words. */
function offered(...words: string[]): string[] {
  const script = `${completionScript('bash', program)}
COMP_WORDS=(farcopy ${words.map((word) => `'${word}'`).join(' ')})
COMP_CWORD=${words.length}
_farcopy
printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync('bash', ['-c', script], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line !== '');
}

describe('completion in bash', () => {
  test('offers commands at first', () => {
    expect(offered('')).toEqual(['plan', 'sandbox', '--fleet', '--help']);
    expect(offered('pl')).toEqual(['plan']);
  });

  test('offers the commands below a command', () => {
    expect(offered('sandbox', '')).toEqual(['up', 'down', '--fleet', '--help']);
  });

  test('offers own and global options behind a command, also behind an argument', () => {
    expect(offered('plan', '--')).toEqual(['--limit', '--fleet', '--help']);
    expect(offered('--fleet', 'x.yaml', 'sandbox', 'up', '--s')).toEqual(['--state-dir']);
  });

  test('leaves other words to file names', () => {
    expect(offered('--fleet', 'fle')).toEqual([]);
  });
});

test('fish learns every command and option, quotes escaped', () => {
  const script = completionScript('fish', program);
  expect(script).toContain(`-l fleet -r -d 'the fleet\\'s file'`);
  expect(script).toContain(
    `-n '__fish_seen_subcommand_from sandbox; and not __fish_seen_subcommand_from up down' -a up`,
  );
  expect(script).toContain(
    `-n '__fish_seen_subcommand_from sandbox; and __fish_seen_subcommand_from up' -l state-dir -r`,
  );
});

test('zsh does not touch its search path', () => {
  const script = completionScript('zsh', program);
  expect(script).toContain("'sandbox up') found='sandbox up' ;;");
  expect(script).not.toMatch(/\bpath=/);
});

test.each(['bash', 'zsh', 'fish'])('the command prints the script of %s', async (shell) => {
  const { exitCode, stdout } = await run('completion', shell);
  expect(exitCode).toBe(0);
  for (const name of ['backup', 'limits', 'retire', 'completion']) expect(stdout).toContain(name);
  expect(JSON.parse((await run('completion', shell, '--json')).stdout)).toEqual({ ok: true, shell, script: stdout });
});
