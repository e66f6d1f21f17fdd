import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOpenStore } from '../../../../src/adapters/backup/stores/open-store.js';
import { s3AccessFrom } from '../../../../src/adapters/backup/stores/s3-access.js';
import { Failure } from '../../../../src/ports/failure.js';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

let server: Server;
let endpoint: string;
let answer: Answer;
beforeAll(async () => {
  server = createServer((request, response) => {
    request.resume();
    answer(request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  endpoint = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const KEY = 'AKIAHECATETEST';
const SECRET = 'wJalrXUtnFEMI-secret-of-s3';
const access = (url = endpoint) =>
  s3AccessFrom({ AWS_ACCESS_KEY_ID: KEY, AWS_SECRET_ACCESS_KEY: SECRET, AWS_ENDPOINT_URL_S3: url });
const says =
  (status: number, code: string, message: string, headers: Record<string, string> = {}): Answer =>
  (_, response) => {
    response.writeHead(status, { 'content-type': 'application/xml', ...headers });
    response.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`);
  };

async function failureOf(url?: string): Promise<Failure> {
  const store = await createOpenStore({ reserved: [] })('s3://bucket/hecate/', access(url));
  const error = await store.list().then(
    () => null,
    (one: unknown) => one,
  );
  if (!(error instanceof Failure)) throw new Error(`no failure: ${String(error)}`);
  const seen = JSON.stringify([error.message, error.details, error.stack]);
  expect(seen).not.toContain(SECRET);
  expect(seen).not.toContain(KEY);
  return error;
}

describe('an error of S3', () => {
  it.each([
    [404, 'NoSuchBucket', 'missing', /there is no bucket bucket at/],
    [403, 'AccessDenied', 'denied', /access to s3:\/\/bucket\/hecate\/ was refused: .* said AccessDenied: the message/],
    [403, 'InvalidAccessKeyId', 'denied', /credentials .* were refused: .* said InvalidAccessKeyId: the message/],
    [403, 'SignatureDoesNotMatch', 'denied', /said SignatureDoesNotMatch: the message/],
    [400, 'ExpiredToken', 'denied', /have expired: .* said ExpiredToken/],
    [403, 'SomethingNew', 'denied', /said SomethingNew: the message/],
    [400, 'InvalidBucketName', 'invalid', /said InvalidBucketName/],
    [507, 'XMinioStorageFull', 'unavailable', /is full: .* said XMinioStorageFull/],
    [418, 'Teapot', 'invalid', /said Teapot: the message/],
  ])('%i %s is %s', async (status, code, kind, message) => {
    answer = says(status, code, 'the message');
    expect(await failureOf()).toMatchObject({ kind, message: expect.stringMatching(message) as string });
  });

  it('names both times when a clock is wrong, and does not go on with the other one', async () => {
    let count = 0;
    answer = (request, response) => {
      count += 1;
      says(403, 'RequestTimeTooSkewed', 'too large', { date: 'Mon, 01 Jan 2024 10:00:00 GMT' })(request, response);
    };
    const { kind, message } = await failureOf();
    expect(kind).toBe('denied');
    expect(message).toMatch(
      /the clock of this machine differs .* here it is 20\d\d-.*Z, there it is 2024-01-01T10:00:00.000Z/,
    );
    expect(count).toBe(1);
  });

  it('names the region of a bucket', async () => {
    answer = says(301, 'PermanentRedirect', 'elsewhere', { 'x-amz-bucket-region': 'eu-west-3' });
    expect(await failureOf()).toMatchObject({
      kind: 'invalid',
      details: { hint: expect.stringContaining('AWS_REGION=eu-west-3') as string },
    });
    answer = says(400, 'AuthorizationHeaderMalformed', "the region 'us-east-1' is wrong; expecting 'eu-west-2'");
    expect((await failureOf()).message).toContain('is in the region eu-west-2');
  });

  it('ends an answer and a listing that never end', async () => {
    let sent = 0;
    answer = (_, response) => {
      response.writeHead(200, { 'content-type': 'application/xml' });
      const part = '<Contents><Key>hecate/x</Key></Contents>'.repeat(20_000);
      const more = (): void => {
        sent += part.length;
        if (sent < 400_000_000 && !response.destroyed) response.write(part, () => void setImmediate(more));
      };
      response.write('<?xml version="1.0"?><ListBucketResult>', more);
    };
    expect((await failureOf()).message).toMatch(/more than 16777216 bytes/);
    expect(sent).toBeLessThan(200_000_000);
    let pages = 0;
    answer = (_, response) => {
      response.writeHead(200, { 'content-type': 'application/xml' });
      const token = `<NextContinuationToken>t${++pages}</NextContinuationToken>`;
      response.end(`<?xml version="1.0"?><ListBucketResult><IsTruncated>true</IsTruncated>${token}</ListBucketResult>`);
    };
    expect((await failureOf()).message).toMatch(/has more than 1000 pages/);
  }, 60_000);

  it('shows no credential and no control character that a server sends back', async () => {
    answer = says(403, 'AccessDenied', `${KEY} ${SECRET} \u001b[31m&#10;line ${'x'.repeat(5_000)}`);
    const { message } = await failureOf();
    expect(message).toContain('*** ***');
    expect(message).not.toMatch(/\p{Cc}/u);
    expect(message.length).toBeLessThan(600);
  });

  it('is tried again when the server is at fault, and then named', async () => {
    let count = 0;
    answer = (request, response) => {
      count += 1;
      says(503, 'SlowDown', 'reduce your rate')(request, response);
    };
    expect(await failureOf()).toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining('said SlowDown') as string,
    });
    expect(count).toBe(4);
  });

  it('names a server that is not one of S3', async () => {
    answer = (_, response) =>
      void response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><p>Hi<br>');
    expect((await failureOf()).kind).toMatch(/unavailable|invalid/);
    answer = (_, response) => void response.writeHead(404, { 'content-type': 'text/html' }).end('<h1>Not found</h1>');
    expect((await failureOf()).message).toContain('said NotFound');
  });

  it('names what is wrong with the network', async () => {
    expect(await failureOf('http://127.0.0.1:1')).toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining('ECONNREFUSED') as string,
    });
    expect(await failureOf(endpoint.replace('http:', 'https:'))).toMatchObject({ kind: 'unavailable' });
    answer = (request) => request.socket.destroy();
    expect(await failureOf()).toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining('cannot reach') as string,
    });
  });
});

describe('access to S3', () => {
  it('is what the usual variables say', () => {
    expect(s3AccessFrom({})).toEqual({ endpoint: null, region: 'us-east-1', pathStyle: false, credentials: null });
    const env = {
      AWS_ACCESS_KEY_ID: ` ${KEY}\n`,
      AWS_SECRET_ACCESS_KEY: SECRET,
      AWS_SESSION_TOKEN: 'token',
      AWS_ENDPOINT_URL: 'https://other',
      AWS_ENDPOINT_URL_S3: 'https://s3.example.com/',
      AWS_DEFAULT_REGION: 'eu-central-1',
    };
    expect(s3AccessFrom(env)).toEqual({
      endpoint: 'https://s3.example.com',
      region: 'eu-central-1',
      pathStyle: true,
      credentials: { accessKeyId: KEY, secretAccessKey: SECRET, sessionToken: 'token' },
    });
    expect(s3AccessFrom({ ...env, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true' }).endpoint).toBeNull();
    expect(s3AccessFrom({ AWS_ENDPOINT_URL: 'https://s3.eu-west-1.amazonaws.com' }).pathStyle).toBe(false);
    expect(s3AccessFrom({ AWS_PROFILE: 'backup' })).toMatchObject({ region: '', credentials: null });
  });

  it.each([
    { AWS_ACCESS_KEY_ID: KEY },
    { AWS_SECRET_ACCESS_KEY: SECRET },
    { AWS_ACCESS_KEY_ID: KEY, AWS_SECRET_ACCESS_KEY: `${SECRET} x` },
    { AWS_ENDPOINT_URL_S3: `https://${KEY}:${SECRET}@s3.example.com` },
    { AWS_ENDPOINT_URL_S3: 's3.example.com' },
    { AWS_ENDPOINT_URL_S3: 'ftp://s3.example.com' },
    { AWS_REGION: 'eu west' },
  ])('is refused without the value: %o', (env) => {
    let message = '';
    try {
      s3AccessFrom(env);
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).toMatch(/^AWS_/);
    expect(message).not.toContain(SECRET);
  });
});
