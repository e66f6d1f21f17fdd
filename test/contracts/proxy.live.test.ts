import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canaryMark } from '../../src/domain/resources/canary.js';
import { createCaddyProxy } from '../../src/adapters/caddy/caddy-proxy.js';
import { createMemoryProxy } from '../../src/adapters/memory/proxy.js';
import { limitsRates } from '../../src/stack/servers/caddy-build.js';
import type { Side } from '../../src/domain/canary/traffic.js';
import { quantile } from '../../src/domain/traffic/histogram.js';
import type { Proxy } from '../../src/ports/proxy.js';
import { canary } from '../builders/canary.js';
import { caddyBinary } from './proxy-binary.js';
import { ask, startCaddy, type TestCaddy } from './proxy-caddy.js';
import { documentOf, hashOf, type RouteSketch } from './proxy-documents.js';
import { startSide } from './proxy-upstream.js';

/** One proxy under test; `refusedDomain` passes the schemas and is refused when it is provisioned. */
interface Subject {
  readonly proxy: Proxy;
  readonly settings: { httpPort: number; httpsPort: number };
  /** Whether its build can, as far as anybody else can tell. */
  readonly limitsRates: boolean;
  empty(): Promise<void>;
  /** A request that this side of the canary of {@link SPLIT} answers so. */
  visit(side: Side, status: number, afterMs: number): Promise<void>;
  /** The same proxy without a readable access log. */
  blind(): Proxy;
  stop(): Promise<void>;
}

const SPLIT = canary({ percentage: 50 });
const MARK = canaryMark(SPLIT);
/** No request of a test that should be fast takes so long, on a busy machine either. */
const SLOW_MS = 1_000;

/** Caddy decodes punycode and refuses what does not decode; our schemas look at its letters only. */
const REFUSED_DOMAIN = 'xn--0.example.com';

const subjects: Record<string, () => Promise<Subject>> = {
  'the fake': async () => {
    const proxy = createMemoryProxy({
      lacks: ['http.handlers.rate_limit'],
      refuses: (document) => (JSON.stringify(document.server).includes(REFUSED_DOMAIN) ? 'idna: invalid label' : null),
    });
    return {
      proxy,
      settings: { httpPort: 1, httpsPort: 2 },
      limitsRates: false,
      empty: async () => proxy.empty(),
      visit: async (side, status, latencyMs) =>
        proxy.answered({ mark: MARK, side, status, latencyMs, beganMs: Date.now() }),
      blind: () => createMemoryProxy({ readable: false }),
      stop: async () => undefined,
    };
  },
  'real Caddy': async () => {
    const binary = await caddyBinary();
    const caddy: TestCaddy = await startCaddy(binary);
    const side = await startSide('side');
    const sketch = { domain: SPLIT.domain, upstream: side.address, canary: { ...SPLIT, upstream: side.address } };
    let isServed = false;
    return {
      proxy: caddy.proxy,
      settings: caddy,
      limitsRates: await limitsRates(binary, process.env),
      async empty() {
        await caddy.admin('DELETE', '/config/apps');
      },
      async visit(name, status, afterMs) {
        if (!isServed) await caddy.proxy.write(documentOf(1_000, [sketch], caddy), (await caddy.proxy.current()).guard);
        isServed = true;
        const cookie = `hecate-side=${MARK}.${name}`;
        await ask(`${caddy.http}/${status}?after=${afterMs}`, SPLIT.domain, { cookie });
      },
      blind: () =>
        createCaddyProxy({ ...caddy, https: caddy.http, name: 'caddy', admin: '', accessLog: null, settings: caddy }),
      stop: async () => void (await Promise.all([caddy.stop(), side.stop()])),
    };
  },
};

describe.each(Object.keys(subjects))('a proxy: %s', (kind) => {
  let subject: Subject;
  let sequence = 0;
  beforeAll(async () => {
    subject = await subjects[kind]!();
  });
  afterAll(() => subject.stop());

  const write = async (routes: RouteSketch[], guard?: string) => {
    const document = documentOf(++sequence, routes, subject.settings);
    return subject.proxy.write(document, guard ?? (await subject.proxy.current()).guard);
  };

  it('has no generation before the first write', async () => {
    expect((await subject.proxy.current()).generation).toBeNull();
  });

  it('holds and serves what was written, also without routes', async () => {
    expect(await write([])).toEqual({ kind: 'written' });
    expect(await write([{ domain: 'a.example.com', revision: 7 }])).toEqual({ kind: 'written' });
    const generation = { logId: 'test-log', sequence, hash: hashOf(sequence) };
    expect((await subject.proxy.current()).generation).toEqual(generation);
    expect(await subject.proxy.served()).toEqual(generation);
  });

  it('says whether its build has a module, and changes nothing', async () => {
    const { guard } = await subject.proxy.current();
    expect(await subject.proxy.hasModule('http.handlers.rate_limit')).toBe(subject.limitsRates);
    expect((await subject.proxy.current()).guard).toBe(guard);
  });

  it('tells how far its clock is off, without what whole seconds explain', async () => {
    expect(await subject.proxy.clockSkewMs()).toBe(0);
  });

  it('says which route answers: exact before wildcard, none, and null for another generation', async () => {
    await write([
      { domain: '*.example.com', revision: 3 },
      { domain: 'a.example.com', revision: 4 },
    ]);
    const { proxy } = subject;
    expect(await proxy.answeredBy('a.example.com', hashOf(sequence))).toBe(4);
    expect(await proxy.answeredBy('b.example.com', hashOf(sequence))).toBe(3);
    expect(await proxy.answeredBy('*.example.com', hashOf(sequence))).toBe(3);
    expect(await proxy.answeredBy('other.test', hashOf(sequence))).toBe('none');
    expect(await proxy.answeredBy('a.example.com', hashOf(sequence + 1))).toBeNull();
  });

  it('moves nothing when the guard is stale', async () => {
    const { guard } = await subject.proxy.current();
    await write([{ domain: 'first.example.com' }]);
    const first = sequence;
    expect(await write([{ domain: 'second.example.com' }], guard)).toEqual({ kind: 'moved' });
    expect((await subject.proxy.served())?.sequence).toBe(first);
  });

  it('keeps serving the old configuration when it refuses a new one', async () => {
    await write([{ domain: 'good.example.com' }]);
    const good = sequence;
    const result = await write([{ domain: REFUSED_DOMAIN }]);
    expect(result.kind === 'refused' && result.message).toContain('idna: invalid label');
    expect((await subject.proxy.current()).generation?.sequence).toBe(good);
    expect(await subject.proxy.answeredBy('good.example.com', hashOf(good))).toBe(good);
  });

  it('takes a write after it came back empty, and refuses the guard from before', async () => {
    const { guard } = await subject.proxy.current();
    await subject.empty();
    expect((await subject.proxy.current()).generation).toBeNull();
    expect((await write([{ domain: 'a.example.com' }], guard)).kind).toBe('moved');
    expect(await write([{ domain: 'a.example.com' }])).toEqual({ kind: 'written' });
    expect((await subject.proxy.served())?.sequence).toBe(sequence);
  });

  it('counts what visitors got from each side of a canary, and goes on where it was', async () => {
    const began = Date.now();
    const { proxy } = subject;
    const visit = (side: Side, status: number, afterMs: number) => subject.visit(side, status, afterMs);
    const seen = async () => {
      const { stable, canary: other } = await proxy.traffic(MARK, began, SLOW_MS);
      return [stable, other].map(({ requests, errors, slow }) => ({ requests, errors, slow }));
    };
    const counted = (requests: number, errors: number, slow: number) => ({ requests, errors, slow });
    for (const status of [200, 404, 500]) await visit('stable', status, 0);
    await Promise.all([200, 503].map((status) => visit('canary', status, SLOW_MS + 50)));
    await expect.poll(seen).toEqual([counted(3, 1, 0), counted(2, 1, 2)]);
    const later = await nextMillisecond();
    await visit('canary', 200, 0);
    await expect.poll(seen).toEqual([counted(3, 1, 0), counted(3, 1, 2)]);
    expect((await proxy.traffic(MARK, later, null)).canary).toMatchObject(counted(1, 0, 0));
    expect((await proxy.traffic('another', began, SLOW_MS)).stable).toMatchObject(counted(0, 0, 0));
    const { canary: late } = await proxy.traffic(MARK, began, SLOW_MS);
    expect(quantile(late.latency, 0.99)).toBeGreaterThan(SLOW_MS);
  });

  it('says so when its access log cannot be read', async () => {
    await expect(subject.blind().traffic(MARK, 0, null)).rejects.toMatchObject({ kind: 'unavailable' });
  });
});

/** A time after that of everything so far. */
async function nextMillisecond(): Promise<number> {
  const before = Date.now();
  while (Date.now() <= before) await new Promise((resolve) => setImmediate(resolve));
  return Date.now();
}
