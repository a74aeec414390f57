import { Client } from 'pg';
import { urlWithPassword } from '../../../src/postgres/targetDatabase';

const url = 'postgres://drill@db.example:5432/postgres?sslmode=disable';

test.each(['secret', 'a%b@/ü:?#&'])('PostgreSQL is logged in to with the password of a secret: %s', (password) => {
  expect(new Client({ connectionString: urlWithPassword(url, password) }).password).toBe(password);
});

test('without one the URL stays as it is, so that PGPASSWORD and password files decide', () => {
  expect(urlWithPassword(url, undefined)).toBe(url);
});
