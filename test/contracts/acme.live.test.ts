import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { proxyDocument } from '../../src/activities/proxies/proxy-document.js';
import { createSecretResolver } from '../../src/activities/secrets/resolved-secrets.js';
import { usualTls } from '../../src/domain/resources/tls.js';
import { handshake } from '../builders/handshake.js';
import { route, stateWith } from '../builders/log.js';
import { startPebble, type TestPebble } from './pebble-server.js';
import { caddyBinary } from './proxy-binary.js';
import { eventually, startCaddy, type TestCaddy } from './proxy-caddy.js';

let caddy: TestCaddy;
let pebble: TestPebble;

beforeAll(async () => {
  caddy = await startCaddy(await caddyBinary());
  pebble = await startPebble(caddy.folder, caddy);
});
afterAll(async () => {
  await pebble.stop();
  await caddy.stop();
});

/** Writes a state with these routes, as the converger does. */
async function write(...routes: Parameters<typeof stateWith>) {
  const { directory, caFile } = pebble;
  const settings = {
    httpPort: caddy.httpPort,
    httpsPort: caddy.httpsPort,
    acme: { directory, caFile, email: 'ops@example.com' },
  };
  const sources = { secretResolver: createSecretResolver(null), sha256: (text: string) => text };
  const document = await proxyDocument(sources, stateWith(...routes), { settings, logId: 'test-log' });
  expect(await caddy.proxy.write(document, (await caddy.proxy.current()).guard)).toEqual({ kind: 'written' });
}

const automatic = (domain: string) => route(domain, { tls: { ...usualTls, autoHTTPS: true, forceHTTPS: true } });
const issuerOf = async (domain: string) => String((await handshake(caddy.httpsPort, domain)).certificate.issuer.CN);
const isFromPebble = async (domain: string) => /Pebble/.test(await issuerOf(domain));

describe('a public authority', () => {
  it('issues the certificate of a route that asks for it, and of no other', async () => {
    await write(automatic('shop.example.com'), route('plain.example.com'));
    await eventually(() => isFromPebble('shop.example.com'));
    expect(await issuerOf('plain.example.com')).toMatch(/Caddy Local Authority/);
  });

  it('takes over from the internal one, and gives way to it again', async () => {
    await write(automatic('shop.example.com'), automatic('plain.example.com'));
    await eventually(() => isFromPebble('plain.example.com'));
    await write(automatic('shop.example.com'), route('plain.example.com'));
    await eventually(async () => !(await isFromPebble('plain.example.com')));
    expect(await isFromPebble('shop.example.com')).toBe(true);
  });

  it('is not asked for local names', async () => {
    await write(automatic('printer.local'), automatic('shop.example.com'));
    expect(await issuerOf('printer.local')).toMatch(/Caddy Local Authority/);
  });
});
