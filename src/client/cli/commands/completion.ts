import { Argument } from 'commander';
import { type AddCommand } from '../addCommand';
import { actionOf } from '../commandContext';
import { completionScript, type Shell, shells } from '../completionScript';
import { exitCodes } from '../exitCodes';

export const addCompletion: AddCommand = (program, host) => {
  program
    .command('completion')
    .summary('print a completion script for a shell')
    .description('Prints a script that lets a shell complete commands and options.')
    .addArgument(new Argument('<shell>').choices(shells))
    .addHelpText(
      'after',
      `
Examples:
  source <(farcopy completion bash)                                    in ~/.bashrc
  source <(farcopy completion zsh)                                     in ~/.zshrc, after compinit
  farcopy completion fish > ~/.config/fish/completions/farcopy.fish`,
    )
    .action(
      actionOf<object, [Shell]>(host, ({ out }, _options, shell) => {
        const script = completionScript(shell, program);
        if (out.json) out.document(true, { shell, script });
        else out.raw(script);
        return exitCodes.ok;
      }),
    );
};
