import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { exampleFleetFile } from '../../../config';
import { packageRoot } from '../../packageRoot';
import { type AddCommand } from '../addCommand';
import { actionOf } from '../commandContext';
import { CommandFailure } from '../commandFailure';
import { exitCodes } from '../exitCodes';

interface InitOptions {
  readonly force?: boolean;
}

export const addInit: AddCommand = (program, host) => {
  program
    .command('init')
    .summary('write a commented example of a fleet file')
    .description('Writes a commented example of a fleet file, which you make your own.')
    .option('--force', 'overwrite the file if it is there')
    .addHelpText(
      'after',
      `
Examples:
  farcopy init                          writes fleet.yaml
  farcopy init --fleet prod/fleet.yaml`,
    )
    .action(
      actionOf<InitOptions, []>(host, ({ options: { fleet: file }, kinds, out }, { force = false }) => {
        const folder = path.resolve(path.dirname(file));
        const schema = path.relative(folder, path.join(packageRoot(), 'schema', 'fleet.schema.json'));
        try {
          writeFileSync(file, exampleFleetFile(kinds, schema), { flag: force ? 'w' : 'wx' });
        } catch (error) {
          const { code } = error as NodeJS.ErrnoException;
          if (code === 'EEXIST')
            throw new CommandFailure(`${file} is there already`, exitCodes.usage, '--force overwrites it');
          throw new CommandFailure(
            `${file} cannot be written: ${code ?? String(error)}`,
            exitCodes.usage,
            'is the folder there, and yours to write to?',
          );
        }
        out.line(`${file} is written. Make it yours, then run \`farcopy check\`.`);
        out.document(true, { file });
        return exitCodes.ok;
      }),
    );
};
