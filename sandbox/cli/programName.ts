/**
 * How a person types Farcopy's name again: whoever has started it by npm or npx has it in no folder of `PATH`.
 *
 * @param environment npm sets `npm_command` in it
 */
export function programName(environment: NodeJS.ProcessEnv = process.env): string {
  return environment.npm_command === undefined ? 'farcopy' : 'npx farcopy';
}
