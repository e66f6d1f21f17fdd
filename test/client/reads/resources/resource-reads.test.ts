import { newSecret } from '../../../../src/domain/resources/secret.js';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { displayWidth } from '../../../../src/client/print/width.js';
import { reads } from '../../../../src/client/reads/catalogue.js';
import { Failure } from '../../../../src/ports/failure.js';
import type { HealthQuestion } from '../../../../src/workflows/contracts/inspection.js';
import type { Read, ReadContext } from '../../../../src/client/reads/read.js';
import { changeOf, type Change } from '../../../../src/domain/log/commit.js';
import { emptyState, fold } from '../../../../src/domain/log/state.js';
import { readManifest } from '../../../../src/domain/manifests/manifest.js';
import { plainUpstream } from '../../../../src/domain/resources/upstream.js';
import { entries, route, routeChange } from '../../../builders/log.js';
import { healthCheck } from '../../../builders/health-check.js';

const EDITION = 'abcdefghijklmnop';
const app = route('app.example.com', {
  upstream: 'pool',
  healthCheck: healthCheck(),
  authPolicy: 'staff-only',
  middleware: ['basic-auth:team', 'compression'],
  headers: { 'X-A': '1' },
});
const policy = {
  ...{ name: 'staff-only', provider: 'authentik' as const, flow: null, groups: ['staff'], createGroups: false },
  ...{ requireMFA: true, metadata: { team: 'ops' }, source: null },
};
const since = '2026-01-01T00:00:10.000Z';
const changes: Change[] = [
  changeOf('AuthPolicy', 'staff-only', null, policy),
  changeOf('Upstream', 'pool', null, plainUpstream('pool', [{ address: '10.0.0.1:80', weight: 1 }])),
  changeOf('Secret', 'team', null, newSecret({ name: 'team', kind: 'basic-auth', version: 2, edition: EDITION })),
  routeChange(null, app),
  routeChange(null, route(`${'very-long-name-of-a-host.'.repeat(5)}example.com`)),
  changeOf('Source', 'file:///srv', null, {
    ...{ name: 'file:///srv', repository: 'file:///srv', ref: null, sha: null, head: null, digest: 'd' },
  }),
];
const bypass = changeOf('Bypass', app.domain, null, {
  ...{ domain: app.domain, since, until: '2026-01-01T01:00:10.000Z', reason: 'repair' },
});
const canary = changeOf('Canary', app.domain, null, {
  ...{ domain: app.domain, upstream: '10.0.0.9:80', percentage: 10, since, stepSince: since, steps: [] },
  ...{ interval: null, limits: null, paused: false },
});
const probation = changeOf('Probation', 'move', null, {
  ...{ name: 'move', routes: [app.domain], since, until: '2026-01-01T00:10:10.000Z' },
  limits: { maxErrorRate: null, maxLatencyP99: null },
});
const state = fold(
  emptyState,
  entries({ all: changes, bypass: [bypass], canary: [canary], probation: [probation] }, ['canary']),
);

/** A worker that asks one route a page, and finds that it fails. */
const worker = {
  lookAtCanary: async () => null,
  inspectHealth: async (question: HealthQuestion) => {
    const page = [{ domain: app.domain, level: 'fail', details: ['visitors get 502'] }];
    return { routes: question.after === null ? page : [], next: question.after === null ? app.domain : null };
  },
};

const context = {
  now: '2026-01-01T00:03:10.000Z',
  round: 0,
  look: async () => ({ state, asOf: null }),
  withLog: (use: (log: unknown) => unknown) => use({ entriesBackwards: async function* () {} }),
  withWorker: (use: (worker: unknown) => unknown) => use(worker),
} as unknown as ReadContext;

const named = (path: string) => reads.find((read) => read.path.join(' ') === path) as Read;
const answer = (path: string, input: object = {}) => named(path).answer(named(path).input.parse(input), context);
const lists = ['routes', 'upstreams', 'auth-policies', 'secrets', 'sources'];
const ones: [string, object][] = [
  ['route', { domain: app.domain }],
  ['upstream', { name: 'pool' }],
  ['auth-policy', { name: 'staff-only' }],
  ['secret', { name: 'team' }],
  ['canary', { domain: app.domain }],
];

afterEach(() => vi.unstubAllEnvs());

describe('as data', () => {
  it.each(lists)('a list of %s is an array of manifests with a status', async (noun) => {
    const { data } = await answer(`list ${noun}`);
    expect(named(`list ${noun}`).shape().safeParse(data).error).toBeUndefined();
    expect(data).not.toEqual([]);
  });

  it.each(ones)('one %s is a manifest with a status', async (noun, input) => {
    const { data } = await answer(`read ${noun}`, input);
    expect(named(`read ${noun}`).shape().safeParse(data).error).toBeUndefined();
    expect(data).toMatchObject({
      apiVersion: 'hecate.io/v1',
      status: { createdAt: expect.any(String) as string, createdBy: 'ada', revision: expect.any(Number) as number },
    });
  });

  it.each(ones.slice(0, 4))('one %s can be applied again', async (noun, input) => {
    const { data } = await answer(`read ${noun}`, input);
    expect(readManifest(data)).toMatchObject({ kind: (data as { kind: string }).kind });
  });

  it('a route has its overlays, with who began each, and is applying while an operation on it is open', async () => {
    const { data } = await answer('read route', { domain: 'APP.example.com' });
    expect(data).toMatchObject({
      kind: 'Route',
      spec: { domain: app.domain, upstream: 'pool' },
      status: {
        state: 'converged',
        overlays: [
          { kind: 'Bypass', by: 'ada', until: '2026-01-01T01:00:10.000Z', reason: 'repair' },
          { kind: 'Canary', by: 'ada', upstream: '10.0.0.9:80', percentage: 10 },
        ],
        probations: [{ operation: 'move', until: '2026-01-01T00:10:10.000Z' }],
      },
    });
    expect(await answer('read canary', { domain: app.domain })).toMatchObject({
      data: { status: { state: 'applying' } },
    });
  });

  it.each([
    ['list secrets', {}],
    ['read secret', { name: 'team' }],
  ])('%s never has the place of a value', async (path, input) => {
    const { data, text } = await answer(path, input);
    expect(`${JSON.stringify(data)}${text()}`).not.toContain(EDITION);
  });

  it.each(ones)('a %s that is not there is missing', async (noun, input) => {
    const other = Object.fromEntries(
      Object.keys(input).map((key) => [key, key === 'domain' ? 'no.example.com' : 'no']),
    );
    await expect(answer(`read ${noun}`, other)).rejects.toMatchObject({ kind: 'missing' });
  });
});

describe('for a person', () => {
  beforeEach(() => void vi.stubEnv('COLUMNS', '80'));
  afterEach(() => void vi.unstubAllEnvs());

  it.each(lists)('a list of %s fits 80 columns', async (noun) => {
    const { text } = await answer(`list ${noun}`);
    for (const line of text().split('\n')) expect(displayWidth(line)).toBeLessThanOrEqual(80);
  });

  it('a route is read as labels and values', async () => {
    expect((await answer('read route', { domain: app.domain })).text().split('\n')).toEqual([
      'Domain:        app.example.com',
      'Health:        fail',
      'Upstream:      pool (10% → 10.0.0.9:80)',
      'Sign-in:       BYPASSED, ends in 57 min',
      'Health check:  /health every 30s, timeout 5s, healthy status 2xx, down after 3',
      '               failures, up after 2 successes',
      'Middleware:    basic-auth:team',
      '               compression',
      'Headers:       X-A: 1',
      'TLS:           1.2 or newer, internal certificate',
      'Bypass:        since 3 min ago by ada, ends in 57 min, reason: repair',
      'Canary:        10% to 10.0.0.9:80, since 3 min ago by ada',
      'Probation:     of move, ends in 7 min',
      'State:         converged',
      'Created:       3 min ago by ada',
      'Updated:       3 min ago by ada (commit 1)',
    ]);
  });

  it('a secret is read without its value', async () => {
    expect((await answer('read secret', { name: 'team' })).text().split('\n')).toEqual([
      'Name:       team',
      'Kind:       basic-auth',
      'Versions:   2: in force since 2026-01-01T00:00:01.000Z',
      'Age:        3 min',
      'Rotation:   none',
      'Routes:     app.example.com',
      'Consumers:  none was seen',
      'State:      converged',
      'Created:    3 min ago by ada',
      'Updated:    3 min ago by ada (commit 1)',
    ]);
  });
});

describe('the health in a list of routes', () => {
  const listed = async (more: Partial<ReadContext>) => {
    const read = named('list routes');
    const { data, talk, text } = await read.answer({}, { ...context, ...more });
    expect(read.shape().safeParse(data).error).toBeUndefined();
    const health = (data as { status: { health?: string | null } }[]).map(({ status }) => status.health);
    return { health, talk, text: text() };
  };

  it('is what one request finds, page by page, beside the state', async () => {
    const { health, talk, text } = await listed({});
    expect([health, talk]).toEqual([['fail', null], []]);
    expect(text.split('\n')[0]).toMatch(/STATE +HEALTH/);
    expect(text).toMatch(/converged +fail/);
    expect(text).toMatch(/converged +unknown/);
  });

  it('is unknown without a worker, with the reason on stderr', async () => {
    const silent = async () => Promise.reject(new Failure('unavailable', 'no worker answered within 5s'));
    const { health, talk } = await listed({ withWorker: silent });
    expect(health).toEqual([null, null]);
    expect(talk).toEqual(['health is unknown: no worker answered within 5s; see: hecate status']);
  });

  it('is left out of the past', async () => {
    const past = { state, asOf: { sequence: 1, at: since } };
    const { health, text } = await listed({ look: async () => past });
    expect(health).toEqual([undefined, undefined]);
    expect(text).toMatch(/converged +–/);
  });
});

describe('every read', () => {
  it.each(reads.map((read) => [read.path.join(' '), read] as const))('%s has examples of itself', (path, read) => {
    for (const line of read.examples) expect(`${line} `.startsWith(`${path} `)).toBe(true);
    expect(read.examples.length).toBeGreaterThan(0);
    expect(read.shape()).toBeInstanceOf(z.ZodType);
  });
});
