import { afterAll, beforeAll, expect, it } from 'vitest';
import { proxyDocument } from '../../src/activities/proxies/proxy-document.js';
import { createSecretResolver } from '../../src/activities/secrets/resolved-secrets.js';
import { createMemorySecrets } from '../../src/adapters/memory/secrets.js';
import { certificates } from '../../src/adapters/x509/certificates.js';
import { vaultPathOfKey } from '../../src/domain/secrets/tls-key.js';
import { usualTls } from '../../src/domain/resources/tls.js';
import { makeAuthority, type TestAuthority, type TestCertificate } from '../builders/certificates.js';
import { handshake } from '../builders/handshake.js';
import { route, stateWith } from '../builders/log.js';
import { caddyBinary } from './proxy-binary.js';
import { freePort, startCaddy, type TestCaddy } from './proxy-caddy.js';

let caddy: TestCaddy;
let authority: TestAuthority;
const secrets = createMemorySecrets();

beforeAll(async () => {
  caddy = await startCaddy(await caddyBinary());
  authority = makeAuthority(caddy.folder);
});
afterAll(() => caddy.stop());

/** What the converger would write for these routes. */
function documentOf(...routes: Parameters<typeof stateWith>) {
  const sources = { secretResolver: createSecretResolver(secrets), sha256: (text: string) => text };
  const settings = { httpPort: caddy.httpPort, httpsPort: caddy.httpsPort };
  return proxyDocument(sources, stateWith(...routes), { settings, logId: 'test-log' });
}

async function write(...routes: Parameters<typeof stateWith>) {
  const document = await documentOf(...routes);
  const { guard } = await caddy.proxy.current();
  expect(await caddy.proxy.write(document, guard)).toEqual({ kind: 'written' });
  return document.generation;
}

function withCertificate(domain: string, { chain }: TestCertificate) {
  const facts = certificates.read(chain);
  if (!facts) throw new Error('it cannot be read');
  const certificate = { fingerprint: facts.fingerprint, chain, notAfter: facts.notAfter };
  return route(domain, { tls: { ...usualTls, certificate } });
}

async function keep(domain: string, given: TestCertificate) {
  const bringing = withCertificate(domain, given);
  await secrets.keep(vaultPathOfKey(bringing.tls.certificate?.fingerprint ?? ''), { key: given.key });
  return bringing;
}

const shown = async (domain: string) => (await handshake(caddy.httpsPort, domain)).certificate;
const tlsApp = async () => JSON.parse((await caddy.admin('GET', '/config/apps/tls')).body) as Record<string, unknown>;

it('shows what was brought to whom it is for, beside an issued one', async () => {
  const [one, two] = [authority.issue(['one.example.com']), authority.issue(['*.wild.example.com'])];
  await write(
    await keep('one.example.com', one),
    await keep('*.wild.example.com', two),
    route('plain.example.com'),
    route('exact.wild.example.com', { tls: { ...usualTls, minVersion: '1.3' } }),
  );
  expect((await shown('one.example.com')).subjectaltname).toBe('DNS:one.example.com');
  expect((await shown('x.wild.example.com')).subjectaltname).toBe('DNS:*.wild.example.com');
  expect((await shown('plain.example.com')).issuer.CN).toMatch(/Caddy Local Authority/);
  await expect(handshake(caddy.httpsPort, 'exact.wild.example.com', { maxVersion: 'TLSv1.2' })).rejects.toThrow();
});

it('shows the same certificates to a client that writes the name in capitals', async () => {
  expect((await shown('ONE.Example.com')).subjectaltname).toBe('DNS:one.example.com');
  expect((await shown('X.WILD.example.com')).subjectaltname).toBe('DNS:*.wild.example.com');
  expect((await shown('Plain.Example.COM')).subjectaltname).toBe('DNS:plain.example.com');
  await expect(handshake(caddy.httpsPort, 'EXACT.wild.example.com', { maxVersion: 'TLSv1.2' })).rejects.toThrow();
});

it('tells what it shows, and null for a host that it refuses', async () => {
  const certificate = await caddy.proxy.certificate('one.example.com');
  expect(certificate).toMatchObject({ issuer: 'test', fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/) as string });
  expect(await caddy.proxy.certificate('unknown.example.com')).toBeNull();
});

it('closes a host whose key is missing, also below a wildcard, and says what it lacks', async () => {
  const missing = withCertificate('gone.wild.example.com', authority.issue(['gone.wild.example.com']));
  const generation = await write(missing, route('*.wild.example.com'), route('plain.example.com'));
  expect(generation.missingSecrets).toBe(vaultPathOfKey(missing.tls.certificate?.fingerprint ?? ''));
  await expect(shown('gone.wild.example.com')).rejects.toThrow();
  expect((await shown('plain.example.com')).issuer.CN).toMatch(/Caddy Local Authority/);
});

it('leaves certificates and policies of others as they are, and takes its own away again', async () => {
  await write();
  const their = authority.issue(['their.example.com']);
  const foreign = {
    certificates: { load_pem: [{ certificate: their.chain, key: their.key, tags: ['theirs'] }] },
    automation: {
      policies: [{ subjects: ['their.example.com'] }, { on_demand: true, issuers: [{ module: 'internal' }] }],
    },
    cache: { capacity: 500 },
  };
  await caddy.admin('POST', '/config/apps/tls', foreign);
  await caddy.admin('PUT', '/config/apps/http/servers/theirs', {
    listen: [`127.0.0.1:${await freePort()}`],
    routes: [],
  });
  await write(await keep('mine.example.com', authority.issue(['mine.example.com'])));
  expect((await shown('mine.example.com')).issuer.CN).toBe('test');
  expect((await tlsApp())['certificates']).toMatchObject({
    load_pem: [{ tags: ['theirs'] }, { tags: ['hecate', expect.any(String)] }],
  });
  await write(route('mine.example.com'));
  expect(await tlsApp()).toEqual(foreign);
  expect((await caddy.admin('GET', '/config/apps/http/servers/theirs')).status).toBe(200);
});

it('writes routes alone while certificates stay as they are: a change of others is not even looked at', async () => {
  const mine = await keep('mine.example.com', authority.issue(['mine.example.com']));
  await write(mine);
  const { guard } = await caddy.proxy.current();
  await caddy.admin('POST', '/config/apps/tls/cache/capacity', 600);
  const fast = await documentOf(mine, route('new.example.com'));
  expect(await caddy.proxy.write(fast, guard)).toEqual({ kind: 'written' });
  expect(await tlsApp()).toMatchObject({ cache: { capacity: 600 } });
});

it('moves nothing when certificates differ and somebody wrote first', async () => {
  await write(route('mine.example.com'));
  const { guard } = await caddy.proxy.current();
  await write(route('mine.example.com'), route('first.example.com'));
  const mine = await keep('mine.example.com', authority.issue(['mine.example.com']));
  expect(await caddy.proxy.write(await documentOf(mine), guard)).toEqual({ kind: 'moved' });
});
