import { describe, expect, it } from 'vitest';
import { applyManifests } from '../../../src/operations/manifests/apply-manifests.js';
import { deleteRoute } from '../../../src/operations/routes/delete-route.js';
import { moveRoute } from '../../../src/operations/routes/move-route.js';
import { updateRoute } from '../../../src/operations/routes/update-route.js';
import { changeOf } from '../../../src/domain/log/commit.js';
import { emptyState } from '../../../src/domain/log/state.js';
import { rollbackState } from '../../../src/operations/history/rollback-state.js';
import { safeguards } from '../../../src/operations/safeguards/list.js';
import { visitors } from '../../../src/operations/safeguards/visitors.js';
import { context, quiet } from '../../builders/answers.js';
import { guarded } from '../../builders/guarded.js';
import { route, stateWith } from '../../builders/log.js';

const held = stateWith(route('app.example.com'));
const busy = { ...quiet, recentRequests: () => 3 };
const unknown = { ...quiet, recentRequests: () => null };
const domain = 'app.example.com';

describe('a host with recent visitors', () => {
  it.each([
    ['delete route', deleteRoute, { domain }],
    ['move route', moveRoute, { domain, to: 'shop.example.com' }],
    ['rollback', rollbackState, { toTimestamp: '2025-01-01T00:00:00.000Z' }],
  ])('is not taken away by %s, unless forced', (_name, operation, input) => {
    const past = { kind: 'known' as const, state: emptyState, sequence: 1, at: '2025-01-01T00:00:00.000Z' };
    const answers = { ...busy, stateAt: () => past };
    const refused = guarded(operation, held, input, answers);
    expect(refused).toMatchObject({
      refusal: {
        kind: 'conflict',
        code: 'route-in-use',
        message: 'app.example.com had 3 requests in the last 5 minutes',
        hint: 'Add --force to carry it out anyway.',
      },
    });
    expect(guarded(operation, held, { ...input, force: true }, answers)).toMatchObject({
      kind: 'change',
      warnings: expect.arrayContaining(['app.example.com had 3 requests in the last 5 minutes']) as string[],
    });
  });

  it('may be unknown, which refuses too', () => {
    expect(guarded(deleteRoute, held, { domain }, unknown)).toMatchObject({
      refusal: { message: 'the access log cannot be read, so app.example.com may be in use' },
    });
  });

  it('is not asked about while its route stays', () => {
    const change = updateRoute.decide(
      held,
      updateRoute.input.parse({ domain, headers: { 'X-Env': 'a' } }),
      quiet,
      context,
    );
    if (change.kind !== 'change') throw new Error('refused');
    expect(visitors.questions({ before: held, after: held, changes: change.changes, now: context.now }, quiet)).toEqual(
      [],
    );
  });

  it('is asked about in one question, however many hosts go', () => {
    const two = ['a.example.com', 'b.example.com'];
    const changes = two.map((name) => changeOf('Route', name, route(name), null));
    const asked = visitors.questions({ before: held, after: emptyState, changes, now: context.now }, quiet);
    expect(asked).toEqual([{ kind: 'recent-requests', hosts: two, seconds: 300 }]);
  });
});

it('names the flag --yes where the operation has it', () => {
  expect(Object.keys(applyManifests.input.shape)).toContain('yes');
  expect(safeguards).toContain(visitors);
});
