import { readFileSync } from 'node:fs';
import { InvalidArgumentError } from 'commander';
import { CodecDoor, openPayloads, startCodecServer } from '../../../payloads';
import { messageOf } from '../../../core/failure';
import { payloadKeys } from '../../payloadKeys';
import { InvalidRequestError } from '../../invalidRequestError';
import { temporalConfig } from '../../temporalConfig';
import { type AddCommand } from '../addCommand';
import { actionOf } from '../commandContext';
import { exitCodes } from '../exitCodes';

interface CodecCommandOptions {
  readonly host: string;
  readonly port: number;
  readonly origin?: string;
  readonly tokenFile?: string;
  readonly allowEncode?: boolean;
}

const tokenVariable = 'FARCOPY_CODEC_TOKEN';
/** 16 random bytes in hexadecimal have twice as many. */
const shortestToken = 16;

export const addCodec: AddCommand = (program, host) => {
  program
    .command('codec')
    .summary('decrypt payloads for the Temporal UI')
    .description(
      'Serves decrypted payloads to the Temporal UI and the temporal command, to whoever has the token, until it is stopped by ' +
        'SIGTERM or Ctrl-C. It uses the keys of FARCOPY_PAYLOAD_KEY and FARCOPY_PAYLOAD_OLD_KEYS, and needs no fleet file.',
    )
    .option(
      '--host <address>',
      'the address to listen on; for others than this machine, put TLS before it',
      '127.0.0.1',
    )
    .option('--port <n>', 'the port to listen on; 0 takes a free one', portNumber, 8234)
    .option('--origin <url>', 'the Temporal UI whose pages may ask: http://127.0.0.1:8233', originOf)
    .option('--token-file <file>', `the file with the token; without it, ${tokenVariable} has the token`)
    .option('--allow-encode', 'encrypt, too: to start and signal workflows from the UI')
    .addHelpText(
      'after',
      `
Examples:
  TOKEN=$(openssl rand -hex 32); echo $TOKEN; FARCOPY_CODEC_TOKEN=$TOKEN farcopy codec
  farcopy codec --token-file /run/secrets/codec-token --origin http://127.0.0.1:8233
  temporal workflow show -w fleet-backup/panda/critical --codec-endpoint http://127.0.0.1:8234 --codec-auth "Bearer $TOKEN"

Exit code: 0 after a graceful stop.`,
    )
    .action(
      actionOf<CodecCommandOptions, []>(
        host,
        async ({ signal, out, terminal }, { host: address, port, origin = null, tokenFile, allowEncode = false }) => {
          const keys = payloadKeys();
          if (keys.reading.length === 0)
            throw new InvalidRequestError(
              'there is no key to decrypt with',
              'set FARCOPY_PAYLOAD_KEY to that of the workers',
            );
          if (allowEncode && keys.writing === null)
            throw new InvalidRequestError('there is no key to encrypt with', 'set FARCOPY_PAYLOAD_KEY');
          const door = new CodecDoor(tokenOf(tokenFile, terminal.environment), origin);
          const { namespace } = temporalConfig();
          const { codec, close } = openPayloads(keys, namespace);
          try {
            const server = await startCodecServer({
              codec,
              namespace,
              door,
              origin,
              encodes: allowEncode,
              host: address,
              port,
              log: (line) => out.note(`${new Date(terminal.now()).toISOString()} ${line}`),
            });
            out.note(`codec of namespace ${namespace} listens on ${server.url}`);
            await new Promise<void>((resolve) => {
              if (signal.aborted) resolve();
              else signal.addEventListener('abort', () => resolve(), { once: true });
            });
            await server.close();
            out.document(true, { namespace, url: server.url });
          } finally {
            close();
          }
          return exitCodes.ok;
        },
        { endsItself: true },
      ),
    );
};

function tokenOf(file: string | undefined, environment: Readonly<Record<string, string | undefined>>): string {
  const token = (file === undefined ? (environment[tokenVariable] ?? '') : contentOf(file)).trim();
  const where = file ?? tokenVariable;
  if (token === '')
    throw new InvalidRequestError(`${where} has no token`, `set ${tokenVariable}, or name a file by --token-file`);
  if (token.length < shortestToken || /\s/.test(token))
    throw new InvalidRequestError(
      `the token of ${where} cannot be used`,
      `it needs ${shortestToken} characters or more, and no spaces: openssl rand -hex 32`,
    );
  return token;
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new InvalidRequestError(`${file} cannot be read: ${messageOf(error)}`, 'name the file with the token');
  }
}

export function portNumber(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) throw new InvalidArgumentError('Name a port, 0 to 65535.');
  return Number(text);
}

function originOf(text: string): string {
  try {
    const { origin, protocol } = new URL(text);
    if (/^https?:$/.test(protocol)) return origin;
  } catch {
    // Said below.
  }
  throw new InvalidArgumentError('Name the address of the UI, as http://127.0.0.1:8233.');
}
