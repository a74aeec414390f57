import { PayloadError, type Payloads } from '../../payloads';
import { type Finding } from './finding';

/** Looks whether the key for payloads can be used; nothing where they are in the clear. */
export async function checkPayloads({ keys, prove }: Payloads): Promise<Finding[]> {
  if (keys.writing === null) return [];
  const about = { check: 'payloads', subject: `key ${keys.writing}`, mend: null } as const;
  try {
    await prove();
    return [{ ...about, state: 'ok', message: 'it encrypts payloads' }];
  } catch (error) {
    if (!(error instanceof PayloadError)) throw error;
    const state = error.trouble === 'unreachable' ? 'unreachable' : 'failed';
    return [{ ...about, state, message: error.message }];
  }
}
