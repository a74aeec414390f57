import { PayloadError, type Payloads } from '../../payloads';
import { type Finding } from './finding';

/** Looks whether the key for payloads can be used; nothing where there is none. Of one that only decrypts nothing can be proven. */
export async function checkPayloads({ keys, prove }: Payloads): Promise<Finding[]> {
  if (keys.writing === null)
    return keys.reading.map((key) => ({
      check: 'payloads',
      subject: `key ${key}`,
      state: 'warning',
      message: 'it only decrypts, and whether it can is not proven: payloads are written in the clear',
      mend: null,
    }));
  const about = { check: 'payloads', subject: `key ${keys.writing}`, mend: null } as const;
  try {
    await prove();
    return [{ ...about, state: 'ok', message: 'it encrypts and decrypts payloads' }];
  } catch (error) {
    if (!(error instanceof PayloadError)) throw error;
    const state = error.trouble === 'unreachable' ? 'unreachable' : 'failed';
    return [{ ...about, state, message: error.message }];
  }
}
