import { request } from 'node:https';
import { statSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startStack, startUpstream, type TestStack } from './stack.js';

let one: TestStack;
let two: TestStack;
let upstream: Awaited<ReturnType<typeof startUpstream>>;

beforeAll(async () => {
  upstream = await startUpstream('up');
  one = startStack();
  two = startStack();
});
afterAll(() => {
  one.stop();
  two.stop();
  upstream.close();
});

interface Attempt {
  readonly operation: string;
  readonly outcome: string;
}

const create = (stack: TestStack, domain: string) =>
  stack.run('create', 'route', '--domain', domain, '--upstream', upstream.address);

describe('two stacks on one machine', () => {
  it('know nothing of each other', async () => {
    const results = await Promise.all([create(one, 'one.example.com'), create(two, 'two.example.com')]);
    expect(results.map((result) => result.status)).toEqual([0, 0]);
    expect((await one.get('one.example.com')).status).toBe(200);
    expect((await one.get('two.example.com')).status).toBe(404);
    expect((await two.get('two.example.com')).status).toBe(200);
  });

  it('keep everything in a folder that only its owner may enter', () => {
    expect(statSync(one.home).mode & 0o777).toBe(0o700);
  });
});

describe('a route', () => {
  it('answers on HTTPS with a certificate of the internal CA, and hosts without a route get none', async () => {
    expect(await overTls(one, 'one.example.com')).toMatchObject({
      status: 200,
      issuer: expect.stringContaining('Caddy Local') as string,
    });
    await expect(overTls(one, 'nobody.example.com')).rejects.toThrow();
  });

  it('is served again after every process was killed at once, and its history is complete', async () => {
    const pids = one.status.components.map(({ name }) => one.pidOf(name));
    for (const pid of pids) process.kill(pid, 'SIGKILL');
    const up = await one.run('up', '-o', 'json');
    expect(up.status, up.stderr).toBe(0);
    expect((await one.get('one.example.com')).status).toBe(200);
    const history = JSON.parse((await one.run('history', '-o', 'json')).stdout) as Attempt[];
    expect(history.map(({ operation, outcome }) => `${operation} ${outcome}`)).toEqual([
      'route.create completed',
      'secret.register completed',
      'operator.create completed',
    ]);
    expect((await create(one, 'after.example.com')).status).toBe(0);
  });

  it('is served again after a planned stop and start', async () => {
    expect((await one.run('down')).status).toBe(0);
    expect((await one.run('status')).status).toBe(6);
    expect((await one.run('up')).status).toBe(0);
    expect((await one.get('after.example.com')).status).toBe(200);
  });
});

function overTls(stack: TestStack, host: string): Promise<{ status: number; issuer: string }> {
  const { hostname, port } = new URL(stack.status.caddy.https);
  const options = {
    host: hostname,
    port,
    servername: host,
    headers: { host },
    rejectUnauthorized: false,
    agent: false,
  };
  return new Promise((resolve, reject) => {
    const sent = request(options, (response) => {
      const { issuer } = (
        response.socket as unknown as { getPeerCertificate(): { issuer: { CN: string } } }
      ).getPeerCertificate();
      response.resume();
      resolve({ status: response.statusCode ?? 0, issuer: issuer.CN });
    });
    sent.on('error', reject).end();
  });
}
