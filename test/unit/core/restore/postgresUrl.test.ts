import { parsePostgresUrl } from '../../../../src/core/restore/postgresUrl';

const failureOf = (url: string) => {
  try {
    parsePostgresUrl(url);
  } catch (error) {
    return error as Error;
  }
  throw new Error(`${url} was taken`);
};

describe('the URL of a database', () => {
  test('says everything that a connection needs', () => {
    expect(parsePostgresUrl('postgresql://me@DB.example.org:5433/my%20shop?sslmode=require')).toEqual({
      host: 'db.example.org',
      port: 5433,
      database: 'my shop',
      user: 'me',
      tls: 'require',
    });
    expect(parsePostgresUrl('postgres://me@[fd00::1]/shop')).toMatchObject({ host: 'fd00::1', port: 5432 });
  });

  test('is encrypted and proven unless it says otherwise, but for this machine', () => {
    expect(parsePostgresUrl('postgres://me@db.example.org/shop').tls).toBe('verify-full');
    expect(parsePostgresUrl('postgres://me@db.example.org/shop?sslmode=disable').tls).toBe('disable');
    expect(parsePostgresUrl('postgres://me@127.0.0.1:5432/shop').tls).toBe('disable');
  });

  test.each([
    ['postgres://me:secret@db.example.org/shop', 'has its password in the URL'],
    ['postgres://me@db.example.org/shop?password=secret', 'has password in its query'],
    ['postgres://me@db.example.org/shop?host=evil.example', 'the host stands before the path'],
    ['postgres://me@db.example.org/shop?sslmode=disable&host=evil.example', 'has host in its query'],
    ['postgres://me@db.example.org/shop?hostaddr=10.0.0.1', 'has hostaddr in its query'],
    ['postgres://me@db.example.org/shop?port=1', 'the port stands behind the host'],
    ['postgres://me@db.example.org/shop?user=postgres', 'the user stands before the host'],
    ['postgres://me@db.example.org/shop?dbname=other', 'the database is the path'],
    ['postgres://me@db.example.org/shop?service=prod', 'has service in its query'],
    ['postgres://me@db.example.org/shop?sslcert=/etc/passwd', 'no file of the process is opened'],
    ['postgres://me@db.example.org/shop?sslkey=/etc/shadow', 'no file of the process is opened'],
    ['postgres://me@db.example.org/shop?sslrootcert=/etc/passwd', 'NODE_EXTRA_CA_CERTS'],
    ['postgres://me@db.example.org/shop?options=-c%20x=y', 'only sslmode may stand there'],
    ['postgres://me@db.example.org/shop?%1b[2J=y', 'has something unknown in its query'],
    ['postgres://me@db.example.org/shop?sslmode=prefer', 'other than verify-full, require, disable'],
    ['postgres://me@db.example.org/shop?sslmode=disable&sslmode=verify-full', 'has sslmode twice'],
    ['postgres://me@%2Fvar%2Frun%2Fpostgresql/shop', 'sockets and lists of hosts'],
    ['postgres://me@/shop?host=/var/run/postgresql', ''],
    ['postgres://me@a.example,b.example/shop', ''],
    ['socket:/var/run/postgresql?db=shop', 'is not PostgreSQL'],
    ['/var/run/postgresql shop', ''],
    ['postgres://me@db.example.org/shop%00user%00postgres', 'control characters in its database'],
    ['postgres://me%00@db.example.org/shop', 'control characters in its user'],
    ['postgres://me@db.example.org/%', 'cannot be decoded'],
    ['postgres://db.example.org/shop', 'names no user'],
    ['postgres://me@db.example.org/', 'names no host and database'],
    ['postgres://me@db.example.org:0/shop', 'no port'],
    ['postgres://me@db.example.org/shop#x', 'has a #'],
    ['postgres://me@db.\texample.org/shop', 'has spaces'],
    ['mysql://me@db.example.org/shop', 'is not PostgreSQL'],
    ['shop', 'is no URL'],
  ])('%s is refused, and no password shown', (url, why) => {
    const failure = failureOf(url);
    expect(failure).toMatchObject({ type: 'InvalidInput', nonRetryable: true });
    expect(failure.message).toContain(why);
    expect(failure.message).not.toContain('secret@');
    expect(failure.message).not.toContain('=secret');
  });
});
