import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { type Connection } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { callAws } from '../../sandbox/seed/callAws';
import { type CloudEndpoints } from '../../sandbox/seed/plantBuckets';
import { defaultRegion, gcsProject, vaultAccount } from '../../sandbox/seed/sandboxAccounts';
import { inParallel } from '../../src/core/inParallel';

/** Something that a run has left, and where it is. */
export interface Left {
  readonly where: string;
  readonly content: Uint8Array;
}

/** Asked at once. */
const width = 16;
/** Data of databases, which no part of Farcopy has made up. */
const data = /\.parquet$/;

/** Every file in a folder and below it. */
export async function leftInFolder(folder: string): Promise<Left[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return lookedAt(files, async (file) => [
    { where: `the file ${relative(folder, file)}`, content: await readFile(file) },
  ]);
}

const oneMinute = 60_000;

/** Every event and every schedule of a server, in the bytes that carry its payloads. */
export async function leftInTemporal(connection: Connection): Promise<Left[]> {
  const { workflowService } = connection;
  const { namespaces } = await workflowService.listNamespaces({ pageSize: 1000 });
  const names = namespaces
    .map(({ namespaceInfo }) => namespaceInfo?.name ?? '')
    .filter((name) => !/system$/.test(name));
  const left = await lookedAt(names, async (namespace) => {
    const executions = await pages((nextPageToken?: Uint8Array) =>
      workflowService
        .listWorkflowExecutions({ namespace, pageSize: 1000, nextPageToken })
        .then(({ executions: items, nextPageToken: next }) => ({ items, next })),
    );
    const histories = await lookedAt(executions, async ({ execution }) => {
      const events = await pages((nextPageToken?: Uint8Array) =>
        workflowService
          .getWorkflowExecutionHistory({ namespace, execution: execution ?? null, nextPageToken })
          .then(({ history, nextPageToken: next }) => ({ items: history?.events ?? [], next })),
      );
      return events.map((event) => ({
        where: `the workflow ${namespace}/${execution?.workflowId}, event ${String(event.eventId)}`,
        content: temporal.api.history.v1.HistoryEvent.encode(event).finish(),
      }));
    });
    const { schedules } = await workflowService.listSchedules({ namespace, maximumPageSize: 1000 });
    const described = await lookedAt(schedules, async ({ scheduleId }) => {
      // A server that has just come back describes a schedule once its own workers poll again.
      const { schedule } = await connection.withDeadline(Date.now() + oneMinute, () =>
        workflowService.describeSchedule({ namespace, scheduleId: scheduleId ?? '' }),
      );
      const content = temporal.api.schedule.v1.Schedule.encode(schedule ?? {}).finish();
      return [{ where: `the schedule ${namespace}/${scheduleId}`, content }];
    });
    return [...histories, ...described];
  });
  return left;
}

/** Every object in the buckets of both clouds that is not data of a database. */
export async function leftInBuckets({ awsEndpoint, gcsEndpoint }: CloudEndpoints): Promise<Left[]> {
  const [s3, gcs] = await Promise.all([
    leftInS3(awsEndpoint),
    gcsEndpoint === null ? [] : leftInGcs(`${gcsEndpoint}/storage/v1/b`),
  ]);
  return [...s3, ...gcs];
}

async function leftInS3(endpoint: string): Promise<Left[]> {
  const get = (path: string) =>
    callAws(endpoint, { service: 's3', account: vaultAccount, region: defaultRegion, method: 'GET', path });
  const buckets = elements(await get('/'), 'Name');
  return lookedAt(buckets, async (bucket) => {
    const keys: string[] = [];
    for (let more: string | undefined = ''; more !== undefined;) {
      const after: string = more === '' ? '' : `&continuation-token=${encodeURIComponent(more)}`;
      const page = await get(`/${bucket}?list-type=2${after}`);
      keys.push(...elements(page, 'Key'));
      [more] = elements(page, 'NextContinuationToken');
    }
    const wanted = keys.filter((key) => !data.test(key));
    return lookedAt(wanted, async (key) => {
      const body = await get(`/${bucket}/${key.split('/').map(encodeURIComponent).join('/')}`);
      return [{ where: `the object s3://${bucket}/${key}`, content: Buffer.from(body) }];
    });
  });
}

function elements(xml: string, name: string): string[] {
  const texts = [...xml.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, 'g'))].map(([, text = '']) => text);
  const characters: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
  return texts.map((text) => text.replace(/&(\w+);/g, (entity, word: string) => characters[word] ?? entity));
}

async function leftInGcs(buckets: string): Promise<Left[]> {
  interface Page {
    readonly items?: readonly { readonly name: string }[];
    readonly nextPageToken?: string;
  }
  const listed = (url: string) =>
    pages(async (token?: string) => {
      const response = await asked(`${url}${token === undefined ? '' : `&pageToken=${encodeURIComponent(token)}`}`);
      const { items = [], nextPageToken } = JSON.parse(response.toString()) as Page;
      return { items, next: nextPageToken };
    });
  return lookedAt(await listed(`${buckets}?project=${gcsProject}`), async ({ name: bucket }) => {
    const objects = await listed(`${buckets}/${bucket}/o?maxResults=1000`);
    const wanted = objects.filter(({ name }) => !data.test(name));
    return lookedAt(wanted, async (object) => {
      const body = await asked(`${buckets}/${bucket}/o/${encodeURIComponent(object.name)}?alt=media`);
      // What is listed of an object has its metadata.
      const content = Buffer.concat([Buffer.from(JSON.stringify(object)), body]);
      return [{ where: `the object gs://${bucket}/${object.name}`, content }];
    });
  });
}

async function asked(url: string): Promise<Buffer> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`the GCS emulator answered ${response.status} to ${url}`);
  return Buffer.from(await response.arrayBuffer());
}

/** All items of a list that comes in pages; the token of the last page is empty or missing. */
async function pages<Item, Token extends string | Uint8Array>(
  page: (token?: Token) => Promise<{ readonly items: readonly Item[]; readonly next?: Token | null | undefined }>,
): Promise<Item[]> {
  const all: Item[] = [];
  for (let token: Token | undefined; ;) {
    const { items, next } = await page(token);
    all.push(...items);
    if (next === undefined || next === null || next.length === 0) return all;
    token = next;
  }
}

async function lookedAt<Item>(items: readonly Item[], look: (item: Item) => Promise<Left[]>): Promise<Left[]> {
  return (await inParallel(items, width, look)).flat();
}
