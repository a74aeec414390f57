import { randomBytes } from 'node:crypto';
import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, type Socket } from 'node:net';
import { BodyReader } from '../../../src/clouds/bodyReader';
import { type PlainRequest } from '../../../src/clouds/plainRequest';

const content = randomBytes(3 << 20);

describe('BodyReader', () => {
  let server: Server;
  let answer: RequestListener;
  let connections: Socket[];
  let reader: BodyReader;
  let request: PlainRequest;
  beforeEach(async () => {
    connections = [];
    server = createServer((incoming, response) => answer(incoming, response));
    server.on('connection', (socket: Socket) => connections.push(socket));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    reader = new BodyReader();
    const { port } = server.address() as AddressInfo;
    const headers = { host: `127.0.0.1:${port}` };
    request = { method: 'GET', protocol: 'http:', hostname: '127.0.0.1', port, path: '/it', headers };
  });
  afterEach(async () => {
    reader.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const read = async (bytes = content.length, signal?: AbortSignal) => {
    const into = Buffer.alloc(bytes);
    const found = await reader.get(request, { bytes, room: (at) => into.subarray(at) }, signal);
    return { ...found, into };
  };

  it('puts the body where it is to lie, again and again over one connection', async () => {
    answer = (_, response) => response.writeHead(206, { etag: '"a"', 'content-length': content.length }).end(content);
    for (let i = 0; i < 5; i += 1) {
      const { statusCode, headers, came, into } = await read();
      expect({ statusCode, etag: headers.etag, came }).toEqual({ statusCode: 206, etag: '"a"', came: content.length });
      expect(into.equals(content)).toBe(true);
    }
    expect(connections).toHaveLength(1);
  });

  it('hands over what comes where the same room serves again', async () => {
    answer = (_, response) => response.writeHead(200, { 'content-length': content.length }).end(content);
    const chunk = Buffer.alloc(1000);
    const pieces: Buffer[] = [];
    await reader.get(request, {
      bytes: content.length,
      room: () => chunk,
      took: (bytes) => pieces.push(Buffer.from(bytes)),
    });
    expect(Buffer.concat(pieces).equals(content)).toBe(true);
  });

  it('reads nothing where the length is another one', async () => {
    answer = (_, response) => response.writeHead(200, { 'content-length': 100 }).end(content.subarray(0, 100));
    await expect(read()).resolves.toMatchObject({ statusCode: 200, came: 0 });
    answer = (_, response) => response.writeHead(200).end(content);
    await expect(read()).resolves.toMatchObject({ statusCode: 200, came: 0 });
  });

  it('reads nothing of an empty body', async () => {
    answer = (_, response) => response.writeHead(200, { 'content-length': 0 }).end();
    await expect(read(0)).resolves.toMatchObject({ statusCode: 200, came: 0 });
  });

  it.each<[string, RequestListener]>([
    ['a length', (_, response) => response.writeHead(403, { 'content-length': 6 }).end('denied')],
    ['chunks', (_, response) => void response.writeHead(403).write('den', () => response.end('ied'))],
    [
      'the end of the connection',
      (_, response) => response.socket?.end('HTTP/1.1 403 Forbidden\r\nconnection: close\r\n\r\ndenied'),
    ],
  ])('tells what a refusal says, told by %s', async (_, refuse) => {
    answer = refuse;
    await expect(read()).resolves.toMatchObject({ statusCode: 403, came: 0, text: 'denied' });
  });

  it('takes no body that breaks off for whole', async () => {
    answer = (_, response) =>
      response
        .writeHead(200, { 'content-length': content.length })
        .write(content.subarray(0, 100_000), () => response.destroy());
    await expect(read()).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  it('takes no connection again that the server has closed meanwhile', async () => {
    answer = (_, response) => response.writeHead(200, { 'content-length': content.length }).end(content);
    await read();
    const closed = new Promise((resolve) => connections[0]?.once('close', resolve));
    connections[0]?.end();
    await closed;
    await expect(read()).resolves.toMatchObject({ came: content.length });
  });

  it('writes nothing any more once it was told to stop', async () => {
    const stop = new AbortController();
    const reason = new Error('cancelled');
    answer = (_, response) =>
      response
        .writeHead(200, { 'content-length': content.length })
        .write(content.subarray(0, 1000), () => stop.abort(reason));
    await expect(read(content.length, stop.signal)).rejects.toBe(reason);
    await expect(read(content.length, stop.signal)).rejects.toBe(reason);
    expect(connections).toHaveLength(1);
  });

  it('rejects where nobody listens', async () => {
    await new Promise((resolve) => server.close(resolve));
    await expect(read()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});
