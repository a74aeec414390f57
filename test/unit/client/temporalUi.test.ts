import { temporalUi } from '../../../src/client/temporalUi';

const at = (address: string, namespace = 'default') => ({ connectionOptions: { address }, namespace });

test('of Temporal Cloud the UI is known, of any other server it is what the variable says', () => {
  expect(temporalUi(at('panda.a1b2c.tmprl.cloud:7233', 'panda.a1b2c'), {})?.workflow('a')).toBe(
    'https://cloud.temporal.io/namespaces/panda.a1b2c/workflows/a',
  );
  expect(temporalUi(at('temporal.example:7233'), {})).toBeNull();
  expect(
    temporalUi(at('temporal.example:7233'), { FARCOPY_TEMPORAL_UI: 'https://ui.example/temporal/' })?.workflow('a'),
  ).toBe('https://ui.example/temporal/namespaces/default/workflows/a');
});

test('an id with slashes and colons is one part of the address', () => {
  const ui = temporalUi(at('localhost:7233'), { FARCOPY_TEMPORAL_UI: 'http://127.0.0.1:8233' });
  const id = 'recovery-point/aurora-cluster/999999999999/eu-west-1/shop/2026-11-21T02:00:00Z';
  const { pathname } = new URL(ui?.workflow(id) ?? '');
  expect(pathname.split('/').map(decodeURIComponent)).toEqual(['', 'namespaces', 'default', 'workflows', id]);
  expect(new URL(ui?.list(`WorkflowId="${id}"`) ?? '').searchParams.get('query')).toBe(`WorkflowId="${id}"`);
});

test.each([
  'temporal.example:8233',
  'javascript:alert(1)',
  'https://anna:secret@ui.example',
  'https://ui.example/?token=1',
  'x',
])('what is no address of a UI is refused, and not repeated: %s', (told) => {
  const look = () => temporalUi(at('localhost:7233'), { FARCOPY_TEMPORAL_UI: told });
  expect(look).toThrow('FARCOPY_TEMPORAL_UI is no address of a Temporal UI');
});
