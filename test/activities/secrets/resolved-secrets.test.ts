import { describe, expect, it } from 'vitest';
import { createSecretResolver } from '../../../src/activities/secrets/resolved-secrets.js';
import { createMemorySecrets } from '../../../src/adapters/memory/secrets.js';
import { changeOf } from '../../../src/domain/log/commit.js';
import { emptyState, fold } from '../../../src/domain/log/state.js';
import { newSecret, vaultPathOf, type Secret } from '../../../src/domain/resources/secret.js';
import { courseOf, type Phase, type Rotation } from '../../../src/domain/secrets/rotation.js';
import { entries, route, routeChange } from '../../builders/log.js';
import { begunRotation } from '../../builders/rotating.js';

const [former, next, older] = ['a'.repeat(24), 'b'.repeat(24), 'c'.repeat(24)];
const team = newSecret({ name: 'team', kind: 'basic-auth', version: 1, edition: former });
const used = route('app.example.com', { middleware: ['basic-auth:team'] });
const NOW = '2026-11-29T10:00:00.000Z';

function inPhase(phase: Phase, more: Partial<Rotation> = {}): Secret {
  const rotation = begunRotation(NOW, {
    ...{ phase, former: { version: 1, edition: former }, next: { version: 2, edition: next } },
    ...more,
  });
  const course = courseOf(rotation);
  const isCommitted = phase !== 'undo' && course.indexOf(phase) > course.indexOf('commit');
  return { ...team, ...(isCommitted ? rotation.next : rotation.former), rotation };
}

async function usersIn(secret: Secret, held: readonly string[] = [former, next, older]) {
  const vault = createMemorySecrets();
  for (const edition of held) await vault.keep(vaultPathOf({ ...secret, edition }), { [edition]: 'hash' });
  const state = fold(
    emptyState,
    entries({ one: [changeOf('Secret', 'team', null, secret)], two: [routeChange(null, used)] }),
  );
  const { resolved, missing } = await createSecretResolver(vault).of(state);
  return { users: (resolved.values.get('team') ?? []).flatMap((value) => Object.keys(value)), missing };
}

describe('the values of a secret that a route uses', () => {
  it.each([
    ['preflight', {}, [former]],
    ['preflight', { older: { version: 1, edition: older } }, [former, older]],
    ['issue', {}, [former]],
    ['store', {}, [former]],
    ['distribute', {}, [former, next]],
    ['prove', {}, [former, next]],
    ['commit', {}, [former, next]],
    ['grace', {}, [next, former]],
    ['revoke', {}, [next]],
    ['prove-refused', {}, [next]],
    ['undo', {}, [former]],
    ['distribute', { strategy: 'immediate' }, [former, next]],
    ['revoke', { strategy: 'immediate' }, [next]],
    ['issue', { strategy: 'immediate', revokesFirst: true }, []],
  ] as const)('in the phase %s %j are those that are accepted', async (phase, more, expected) => {
    expect(await usersIn(inPhase(phase, more))).toEqual({ users: expected, missing: [] });
  });

  it('are those that Vault has, and the others are missing', async () => {
    const missing = [`basic-auth/team/${former}`];
    expect(await usersIn(inPhase('grace'), [next])).toEqual({ users: [next], missing });
  });
});
