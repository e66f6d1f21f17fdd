import { describe, expect, it } from 'vitest';
import { createRoute } from '../../../src/operations/routes/create-route.js';
import { deleteRoute } from '../../../src/operations/routes/delete-route.js';
import { updateRoute } from '../../../src/operations/routes/update-route.js';
import { emptyState } from '../../../src/domain/log/state.js';
import { context, quiet } from '../../builders/answers.js';
import { route, stateWith } from '../../builders/log.js';
import { healthCheck } from '../../builders/health-check.js';

describe('create route', () => {
  it('creates a route with canonical values', () => {
    const input = createRoute.input.parse({ domain: 'APP.example.com', upstream: 'localhost:3000' });
    expect(createRoute.decide(emptyState, input, quiet, context)).toMatchObject({
      kind: 'change',
      changes: [{ before: null, after: route('app.example.com') }],
      expect: { hosts: ['app.example.com'] },
    });
  });

  it('refuses a domain that exists, saying who created it and when', () => {
    const input = createRoute.input.parse({ domain: 'a.example.com', upstream: 'localhost:1' });
    const decision = createRoute.decide(stateWith(route('a.example.com')), input, quiet, context);
    expect(decision).toMatchObject({ kind: 'refuse', refusal: { kind: 'conflict', code: 'route-exists' } });
    expect(JSON.stringify(decision)).toContain('created by ada at 2026-01-01T00:00:01.000Z');
  });

  it('refuses an interval without a path', () => {
    const input = createRoute.input.parse({
      domain: 'a.example.com',
      upstream: 'localhost:1',
      healthCheckInterval: '15s',
    });
    expect(createRoute.decide(emptyState, input, quiet, context)).toMatchObject({
      refusal: { code: 'health-check-without-path' },
    });
  });
});

describe('update route', () => {
  const held = stateWith(route('app.example.com'));

  it('changes what is named and keeps the rest', () => {
    const state = stateWith(route('app.example.com', { headers: { 'X-A': '1' } }));
    const input = updateRoute.input.parse({ domain: 'app.example.com', healthCheckPath: '/health' });
    expect(updateRoute.decide(state, input, quiet, context)).toMatchObject({
      changes: [
        {
          after: {
            upstream: 'localhost:3000',
            headers: { 'X-A': '1' },
            healthCheck: healthCheck(),
          },
        },
      ],
    });
  });

  it('changes nothing when everything is so already', () => {
    const input = updateRoute.input.parse({ domain: 'app.example.com', upstream: 'localhost:3000' });
    expect(updateRoute.decide(held, input, quiet, context)).toMatchObject({ kind: 'change', changes: [] });
  });

  it('refuses a route that is not there, naming the nearest', () => {
    const input = updateRoute.input.parse({ domain: 'ap.example.com', upstream: 'localhost:3001' });
    expect(updateRoute.decide(held, input, quiet, context)).toMatchObject({
      refusal: { kind: 'missing', hint: 'Did you mean app.example.com?' },
    });
  });
});

describe('delete route', () => {
  const held = stateWith(route('app.example.com'));
  const input = deleteRoute.input.parse({ domain: 'app.example.com' });

  it('deletes an unused route', () => {
    expect(deleteRoute.decide(held, input, quiet, context)).toMatchObject({ changes: [{ after: null }] });
  });
});
