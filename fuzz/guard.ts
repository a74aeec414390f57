import { isBuiltin } from 'node:module';
import dns from 'node:dns';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';

/** While it stands, whatever opens a file or a connection is a finding: no input from outside may have that done. */
export class Guard {
  private standing = false;
  private opened: string[] = [];

  constructor() {
    const refuse = (what: unknown) => {
      this.opened.push(String(what).slice(0, 200));
      throw new Error(`opened: ${String(what).slice(0, 200)}`);
    };
    const watch = (holder: object, name: string, isForeign: (args: readonly unknown[]) => boolean) => {
      const methods = holder as Record<string, (...args: unknown[]) => unknown>;
      const original = methods[name];
      if (original === undefined) return;
      methods[name] = (...args: unknown[]) => {
        if (this.standing && isForeign(args)) refuse(`${name} ${JSON.stringify(args[0])}`);
        return original.apply(holder, args);
      };
    };
    for (const name of [
      'open',
      'openSync',
      'readFile',
      'readFileSync',
      'createReadStream',
      'writeFile',
      'writeFileSync',
    ])
      watch(fs, name, ([file]) => !isOurCode(file));
    for (const name of ['open', 'readFile', 'writeFile']) watch(fs.promises, name, ([file]) => !isOurCode(file));
    for (const name of ['lookup', 'resolve']) watch(dns, name, () => true);
    const connect = Reflect.get(net.Socket.prototype, 'connect') as (...args: unknown[]) => net.Socket;
    const asked = (what: unknown) => this.standing && refuse(`connect ${JSON.stringify(what)}`);
    net.Socket.prototype.connect = function (this: net.Socket, ...args: unknown[]) {
      asked(args[0]);
      return Reflect.apply(connect, this, args);
    };
  }

  async during(work: () => unknown): Promise<void> {
    this.opened = [];
    this.standing = true;
    try {
      await work();
    } finally {
      this.standing = false;
    }
    if (this.opened.length > 0) throw new Error(`opened: ${this.opened.join(', ')}`);
  }
}

/** What `require` reads when something is needed for the first time. */
function isOurCode(file: unknown): boolean {
  if (typeof file !== 'string' && !(file instanceof URL)) return typeof file === 'number';
  const name = String(file).replace(/^file:\/\//, '');
  return (
    isBuiltin(name) ||
    (path.isAbsolute(name) && /[\\/](node_modules|dist|src)[\\/].*\.(c?js|mjs|json|wasm|node)$/.test(name))
  );
}

const builtIns = [Object.prototype, Array.prototype, String.prototype, Function.prototype];
const ownKeys = builtIns.map((one) => Reflect.ownKeys(one).length);

/** Throws where an input has given every object a member. */
export function requireCleanPrototypes(): void {
  builtIns.forEach((one, i) => {
    if (Reflect.ownKeys(one).length !== ownKeys[i])
      throw new Error(`a prototype was polluted: ${String(Reflect.ownKeys(one).at(-1))}`);
  });
}
