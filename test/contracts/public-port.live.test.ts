import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { usualTls } from '../../src/domain/resources/tls.js';
import { unlessReset } from '../builders/unless-reset.js';
import { startMiddlewareLab, type MiddlewareLab } from './middleware-lab.js';

const forced = { tls: { ...usualTls, forceHTTPS: true } };

describe.each([
  ['the usual one', undefined, ''],
  ['9443', 9443, ':9443'],
])('with a public HTTPS port that is %s', (_, publicHttpsPort, suffix) => {
  let lab: MiddlewareLab;

  beforeAll(async () => {
    lab = await startMiddlewareLab(publicHttpsPort === undefined ? {} : { publicHttpsPort });
    await lab.serve([], forced);
  });
  afterAll(() => lab.stop());

  /** The target of the redirect for a request over plain HTTP with this Host. */
  const redirected = (host: string) =>
    unlessReset(
      () =>
        new Promise<string | undefined>((resolve, reject) => {
          const { hostname, port } = new URL(lab.http);
          const sent = request({ hostname, port, path: '/a?b=c', headers: { host }, agent: false }, (answer) => {
            answer.resume();
            resolve(answer.headers.location);
          });
          sent.once('error', reject);
          sent.end();
        }),
    );

  it('redirects a Host without a port, and one with a port of plain HTTP, to that port', async () => {
    const there = `https://app.example.com${suffix}/a?b=c`;
    const own = new URL(lab.http).port;
    for (const host of ['app.example.com', 'app.example.com:80', `app.example.com:${own}`, `APP.example.com:${own}`])
      expect(await redirected(host), host).toBe(there);
  });

  it('keeps another port of the Host', async () => {
    expect(await redirected('app.example.com:8443')).toBe('https://app.example.com:8443/a?b=c');
  });

  it('tells the outpost that port, whatever Caddy listens on', async () => {
    await lab.serve([], { requireMFA: true });
    await lab.ask('/private');
    expect(lab.asked.at(-1)).toMatchObject({ 'x-forwarded-host': `app.example.com${suffix}` });
    await lab.serve([], forced);
  });
});
