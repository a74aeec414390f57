import { packageFile } from '../../../sandbox/provision/packageFile';
import { run } from '../../support/program';

test('a process ends when all it has left is the thread that hashed for it', async () => {
  const program = `
    const { HashingThread } = require(process.argv[1]);
    setTimeout(() => process.exit(9), 10_000).unref();
    new HashingThread().whole(Buffer.alloc(1_000_000), {}).then(() => console.log('hashed'));
    // The thread alone does not keep the process until it has answered either.
    setTimeout(() => {}, 1000);`;
  const module = packageFile('dist', 'src', 'transfer', 'hashing', 'hashingThread.js');
  const { code, stdout } = await run(process.execPath, ['-e', program, module], { PATH: process.env.PATH });
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'hashed\n' });
}, 20_000);
