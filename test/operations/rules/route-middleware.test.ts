import { describe, expect, it } from 'vitest';
import { createRoute } from '../../../src/operations/routes/create-route.js';
import { updateRoute } from '../../../src/operations/routes/update-route.js';
import { emptyState } from '../../../src/domain/log/state.js';
import { context, quiet } from '../../builders/answers.js';
import { route, stateWith } from '../../builders/log.js';

const LIMITS = { kind: 'module', module: 'http.handlers.rate_limit' };
const stock = { ...quiet, proxiesWithout: () => ['caddy', 'caddy-2'] };
const held = stateWith(route('api.example.com', { middleware: ['rate-limit:100/minute', 'compression'] }));

const create = (...middleware: string[]) =>
  createRoute.input.parse({ domain: 'api.example.com', upstream: 'localhost:1', middleware });
const update = (settings: object) => updateRoute.input.parse({ domain: 'api.example.com', ...settings });

describe('middleware of a route', () => {
  it('is kept in its canonical text, in order', () => {
    const input = create('rate-limit:100/min', 'transform:strip-prefix:/api/');
    expect(createRoute.decide(emptyState, input, quiet, context)).toMatchObject({
      changes: [{ after: { middleware: ['rate-limit:100/minute', 'strip-prefix:/api'] } }],
    });
  });

  it('is added, cleared, and kept by an update that does not name it', () => {
    expect(updateRoute.decide(held, update({ middleware: ['request-id'] }), quiet, context)).toMatchObject({
      changes: [{ after: { middleware: ['rate-limit:100/minute', 'request-id', 'compression'] } }],
    });
    expect(updateRoute.decide(held, update({ middleware: [] }), quiet, context)).toMatchObject({
      changes: [{ after: { middleware: [] } }],
    });
    expect(
      updateRoute.decide(held, update({ middleware: ['rate-limit:100/m', 'compression'] }), quiet, context),
    ).toEqual(expect.objectContaining({ kind: 'change', changes: [] }));
  });

  it('makes the proxies be asked for a module where one is needed, and only then', () => {
    expect(createRoute.questions?.(emptyState, create('rate-limit:1/s', 'rate-limit:1/m'), quiet)).toContainEqual(
      LIMITS,
    );
    expect(createRoute.questions?.(emptyState, create('compression'), quiet)).not.toContainEqual(LIMITS);
    expect(updateRoute.questions?.(held, update({ healthCheckPath: '/health' }), quiet)).toContainEqual(LIMITS);
    expect(updateRoute.questions?.(held, update({ middleware: [] }), quiet)).not.toContainEqual(LIMITS);
  });

  it('is refused where a proxy lacks that module, saying how to get it', () => {
    const refusal = { kind: 'unavailable', code: 'module-missing' };
    const decision = createRoute.decide(emptyState, create('rate-limit:1/s'), stock, context);
    expect(decision).toMatchObject({ kind: 'refuse', refusal });
    expect(JSON.stringify(decision)).toMatch(/caddy, caddy-2.*xcaddy build --with.*HECATE_CADDY_BIN/);
    expect(updateRoute.decide(held, update({ upstream: 'localhost:2' }), stock, context)).toMatchObject({ refusal });
    expect(updateRoute.decide(held, update({ middleware: [] }), stock, context)).toMatchObject({ kind: 'change' });
  });

  it('is warned of where it holds what looks like a secret', () => {
    const decision = createRoute.decide(emptyState, create('header:request:Authorization=Bearer x'), quiet, context);
    expect(decision).toMatchObject({ warnings: [expect.stringContaining('header Authorization looks like a secret')] });
  });

  it('cannot send visitors back to where they come from', () => {
    const there = create('redirect:https://API.example.com/new');
    expect(createRoute.decide(emptyState, there, quiet, context)).toMatchObject({
      kind: 'refuse',
      refusal: { kind: 'invalid', code: 'redirect-loop' },
    });
    for (const elsewhere of [create('redirect:https://example.com/'), create('redirect:/new')])
      expect(createRoute.decide(emptyState, elsewhere, quiet, context)).toMatchObject({ kind: 'change' });
  });
});
