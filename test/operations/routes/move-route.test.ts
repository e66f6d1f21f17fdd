import { describe, expect, it } from 'vitest';
import { moveRoute } from '../../../src/operations/routes/move-route.js';
import { context, quiet } from '../../builders/answers.js';
import { route, stateWith } from '../../builders/log.js';

const held = stateWith(route('app.example.com', { headers: { 'X-A': '1' } }), route('old.example.com'));
const move = (domain: string, to: string, force = false) => moveRoute.input.parse({ domain, to, force });

describe('move route', () => {
  it('moves everything the route says in one commit', () => {
    const decision = moveRoute.decide(held, move('app.example.com', 'shop.example.com'), quiet, context);
    expect(decision).toMatchObject({
      changes: [
        { name: 'shop.example.com', before: null, after: { domain: 'shop.example.com', headers: { 'X-A': '1' } } },
        { name: 'app.example.com', after: null },
      ],
      expect: { hosts: ['shop.example.com', 'app.example.com'] },
    });
  });

  it('refuses a domain that is taken', () => {
    const decision = moveRoute.decide(held, move('app.example.com', 'old.example.com'), quiet, context);
    expect(decision).toMatchObject({ refusal: { kind: 'conflict', code: 'route-exists' } });
  });

  it('refuses a route that is not there', () => {
    const decision = moveRoute.decide(held, move('nowhere.example.com', 'shop.example.com'), quiet, context);
    expect(decision).toMatchObject({ refusal: { kind: 'missing' } });
  });

  it('refuses a route in use, unless forced', () => {
    const busy = { ...quiet, recentRequests: () => 2 };
    expect(moveRoute.decide(held, move('app.example.com', 'shop.example.com'), busy, context)).toMatchObject({
      refusal: { code: 'route-in-use' },
    });
    expect(moveRoute.decide(held, move('app.example.com', 'shop.example.com', true), busy, context)).toMatchObject({
      kind: 'change',
    });
  });

  it('changes nothing when both domains are the same', () => {
    const decision = moveRoute.decide(held, move('app.example.com', 'app.example.com'), quiet, context);
    expect(decision).toMatchObject({ kind: 'change', changes: [] });
  });
});
