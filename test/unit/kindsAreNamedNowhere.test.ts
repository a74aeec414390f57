import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const src = path.resolve(__dirname, '../../src');

/** Names of kinds, of their services, of engines, and of what the APIs of those services call things. */
const names =
  /\b(aurora|rds|docdb|documentdb|neptune|dynamo(db)?|ebs|memorydb|elasticache|efs|mysql|mariadb|oracle|sql ?server|db2)\b|DB(Cluster|Instance|Snapshot|Subnet|Parameter)/i;

/** Links to documentation are sources. */
const withoutLinks = (line: string) => line.replace(/https?:\/\/\S+/g, '');

const found = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll(path.sep, '/'))
  .filter((file) => file.endsWith('.ts') && !file.startsWith('kinds/'))
  .flatMap((file) =>
    readFileSync(path.join(src, file), 'utf8')
      .split('\n')
      .flatMap((line, i) => (names.test(withoutLinks(line)) ? [`${file}:${i + 1} ${line.trim()}`] : [])),
  );

test('general code names no kind of resource and no service of one', () => {
  expect(found).toEqual([]);
});
