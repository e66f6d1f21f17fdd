import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  parseRestoreTarget,
  restoreTarget,
  restoreTargetText,
  type RestoreTarget,
} from '../../../src/domain/backup/target.js';
import { changeOf, type Change } from '../../../src/domain/log/commit.js';
import { emptyState, fold, type State } from '../../../src/domain/log/state.js';
import { stateAfter } from '../../../src/domain/log/hypothetical.js';
import type { AuthPolicy } from '../../../src/domain/resources/auth-policy.js';
import { newSecret, plainPathOf, vaultPathOf } from '../../../src/domain/resources/secret.js';
import { usualTls } from '../../../src/domain/resources/tls.js';
import { plainUpstream } from '../../../src/domain/resources/upstream.js';
import type { Decision } from '../../../src/operations/operation.js';
import { restoreState } from '../../../src/operations/history/restore-state.js';
import { isBaseKind } from '../../../src/domain/log/base-kinds.js';
import { definitionOf, type ResourceKind } from '../../../src/domain/resources/kinds.js';
import { createHistory, type History } from '../../builders/history.js';
import { schedule } from '../../builders/schedule.js';
import { evening, step, type Step } from '../../model/steps.js';
import { context, quiet } from '../../builders/answers.js';
import { entries, route, routeChange } from '../../builders/log.js';

const a = 'a.example.com';
const b = 'b.example.com';
const origin = {
  name: 'main-full-x',
  logId: 'log-1',
  environment: 'main',
  sequence: 7,
  at: '2026-01-01T00:00:00.000Z',
};
const edition = (letter: string) => letter.repeat(24);
const team = (letter = 'a', more: object = {}) => ({
  ...newSecret({ name: 'team', kind: 'basic-auth', version: 1, edition: edition(letter) }),
  ...more,
});

function policy(name: string, more: Partial<AuthPolicy> = {}): AuthPolicy {
  const usual = {
    provider: 'authentik',
    flow: null,
    groups: [],
    createGroups: false,
    requireMFA: false,
    metadata: {},
  } as const;
  return { name, ...usual, groups: [], source: null, ...more };
}

function stateOf(...changes: Change[]): State {
  return fold(emptyState, entries({ all: changes }));
}

function handedOver(target: RestoreTarget, state: State): RestoreTarget {
  return parseRestoreTarget(restoreTargetText(target), state);
}

function decide(
  state: State,
  target: RestoreTarget,
  more: { kept?: readonly string[]; [option: string]: unknown } = {},
): Decision {
  const { kept, ...options } = more;
  const input = restoreState.input.parse({ backup: target.origin.name, staged: 'f'.repeat(64), ...options });
  const restored = () => handedOver(target, state);
  const asked = restoreState.questions?.(state, input, { ...quiet, restored }) ?? [];
  const paths = asked.flatMap((one) => (one.kind === 'kept-value' ? [one.vaultPath] : []));
  const isKept = (path: string) => {
    // A value that nobody asked about is not known.
    if (!paths.includes(path)) return true;
    return kept?.includes(path) ?? true;
  };
  return restoreState.decide(state, input, { ...quiet, restored, isKept }, context);
}

function changesOf(decision: Decision): readonly Change[] {
  if (decision.kind === 'refuse') throw new Error(decision.refusal.message);
  return decision.changes;
}

const before = stateOf(
  changeOf('AuthPolicy', 'staff', null, policy('staff')),
  changeOf('Upstream', 'pool', null, plainUpstream('pool', [{ address: 'a:1', weight: 1 }])),
  routeChange(null, route(a, { upstream: 'pool' })),
  routeChange(null, route(b)),
);

describe('a restore', () => {
  it('gives every base resource its value of the backup, in one commit, and deletes what the backup lacks', () => {
    const now = stateAfter(before, [
      routeChange(route(a, { upstream: 'pool' }), null),
      routeChange(route(b), route(b, { label: 'other' })),
      routeChange(null, route('new.example.com')),
      changeOf('AuthPolicy', 'staff', policy('staff'), policy('staff', { requireMFA: true })),
    ]);
    const decision = decide(now, restoreTarget(before, origin));
    expect(
      changesOf(decision).map(({ kind, name, before: old, after }) => [kind, name, old === null, after === null]),
    ).toEqual([
      ['AuthPolicy', 'staff', false, false],
      ['Route', a, true, false],
      ['Route', b, false, false],
      ['Route', 'new.example.com', false, true],
    ]);
    expect(valuesOf(stateAfter(now, changesOf(decision)))).toEqual(valuesOf(before));
    expect(decision).toMatchObject({ expect: { hosts: [a, b, 'new.example.com'] } });
  });

  it('changes nothing the second time', () => {
    expect(decide(before, restoreTarget(before, origin))).toMatchObject({ kind: 'change', changes: [], warnings: [] });
  });

  it('of one component leaves the rest as it is', () => {
    const now = stateAfter(before, [
      routeChange(route(b), route(b, { label: 'other' })),
      changeOf('AuthPolicy', 'staff', policy('staff'), policy('staff', { requireMFA: true })),
    ]);
    const decision = decide(now, restoreTarget(before, origin), { components: ['routes'] });
    expect(changesOf(decision).map(({ name }) => name)).toEqual([b]);
  });

  it('refuses a component that the backup does not have', () => {
    const target = { ...restoreTarget(before, origin), kinds: ['Route' as const] };
    expect(decide(before, target, { components: ['upstreams'] })).toMatchObject({
      refusal: {
        kind: 'invalid',
        code: 'component-missing',
        message: 'main-full-x has no upstreams',
        hint: 'It has: routes',
      },
    });
  });

  it('leaves kinds alone that the backup does not have', () => {
    const target = { ...restoreTarget(emptyState, origin), kinds: ['Schedule' as const] };
    expect(decide(before, target)).toMatchObject({ changes: [] });
  });

  it('refuses a resource that something else needs, or that needs something else', () => {
    const now = stateAfter(before, [
      changeOf('Upstream', 'pool', plainUpstream('pool', [{ address: 'a:1', weight: 1 }]), null),
    ]);
    expect(decide(now, restoreTarget(before, origin), { components: ['routes'] })).toMatchObject({ changes: [] });
    const gone = stateAfter(now, [routeChange(route(a, { upstream: 'pool' }), null)]);
    expect(decide(gone, restoreTarget(before, origin), { components: ['routes'] })).toMatchObject({
      refusal: { kind: 'conflict', message: `Route ${a} cannot be restored: there is no upstream pool` },
    });
  });

  it('lets overlays in force continue, and never brings back one that ended', () => {
    const bypass = { domain: b, since: '2026-01-01T00:00:00.000Z', until: '2027-01-01T00:00:00.000Z', reason: null };
    const signedIn = route(b, { authPolicy: 'staff' });
    const withRoute = stateAfter(before, [routeChange(route(b), signedIn)]);
    const then = stateAfter(withRoute, [changeOf('Bypass', b, null, bypass)]);
    expect(decide(withRoute, restoreTarget(then, origin))).toMatchObject({ changes: [] });
    expect(decide(then, restoreTarget(withRoute, origin))).toMatchObject({ changes: [] });
    const decision = decide(then, restoreTarget(before, origin));
    expect(changesOf(decision).map(({ kind }) => kind)).toEqual(['Route', 'Bypass']);
    expect(decision).toMatchObject({ warnings: [`the bypass of ${b} ends: its route does not require sign-in`] });
  });

  it('leaves a schedule paused that is paused now', () => {
    const paused = { since: '2026-01-01T00:00:00.000Z', by: 'ada', reason: null };
    const then = stateOf(changeOf('Schedule', 'nightly', null, schedule('nightly')));
    const now = stateOf(changeOf('Schedule', 'nightly', null, schedule('nightly', { paused })));
    expect(decide(now, restoreTarget(then, origin))).toMatchObject({
      changes: [],
      warnings: ['schedule nightly stays paused; resume it with: hecate update schedule --name nightly --resume'],
    });
  });

  it('keeps a source that the log has, and none that it lacks', () => {
    const source = {
      name: 'git',
      repository: 'https://git.example.com/a.git',
      ref: null,
      sha: null,
      head: null,
      digest: '',
    };
    const from = route(a, { source: 'git' });
    const then = stateOf(changeOf('Source', 'git', null, source), routeChange(null, from));
    const known = stateOf(changeOf('Source', 'git', null, source));
    expect(changesOf(decide(known, restoreTarget(then, origin)))).toMatchObject([{ after: { source: 'git' } }]);
    expect(changesOf(decide(emptyState, restoreTarget(then, origin)))).toMatchObject([{ after: { source: null } }]);
    const described = { ...restoreTarget(stateOf(routeChange(null, route(a))), origin), isDescribed: true };
    expect(decide(then, described)).toMatchObject({ changes: [] });
  });
});

describe('the secrets of a restore', () => {
  const values = { [vaultPathOf(team())]: 'b'.repeat(24), [plainPathOf(team(), edition('a'))]: 'c'.repeat(24) };
  const then = stateOf(changeOf('Secret', 'team', null, team()));
  const target = restoreTarget(then, origin, values);
  const main = vaultPathOf(team());
  const stored = Object.entries(values).map(([vaultPath, staged]) => ({ staged, kind: 'stored', vaultPath }));

  it('come back when they are missing, with those values that Vault lacks', () => {
    expect(decide(emptyState, target, { kept: [] })).toMatchObject({
      changes: [{ kind: 'Secret', before: null }],
      claims: stored,
    });
    const kept = decide(emptyState, target, { kept: Object.keys(values) });
    expect(changesOf(kept)).toHaveLength(1);
    expect(kept).not.toHaveProperty('claims');
  });

  it('come back without the rotation that ran', () => {
    const rotating = stateOf(changeOf('Secret', 'team', null, team('a', { rotation: rotation() })));
    expect(changesOf(decide(emptyState, restoreTarget(rotating, origin, values)))).toMatchObject([
      { after: { rotation: null } },
    ]);
  });

  it('bring a destroyed value back also when nothing else changes', () => {
    expect(decide(then, target, { kept: [] })).toMatchObject({ changes: [], claims: stored });
  });

  it('keep their present value unless they are asked for', () => {
    const now = stateOf(changeOf('Secret', 'team', null, team('d', { version: 3 })));
    expect(decide(now, target)).toMatchObject({
      changes: [],
      warnings: [
        'secret team keeps its present value (version 3); restore that of the backup (version 1) with: --components secrets',
      ],
    });
    expect(decide(now, target, { components: ['secrets'], kept: [] })).toMatchObject({
      changes: [{ after: { edition: edition('a'), version: 4, since: context.now } }],
      claims: stored,
    });
    const again = stateAfter(now, changesOf(decide(now, target, { components: ['secrets'] })));
    expect(decide(again, target, { components: ['secrets'] })).toMatchObject({ changes: [] });
  });

  it('stay while they are rotated, and when they are newer than the backup', () => {
    const now = stateOf(
      changeOf('Secret', 'team', null, team('d', { rotation: rotation() })),
      changeOf('Secret', 'new', null, { ...team('e'), name: 'new' }),
    );
    expect(decide(now, target, { components: ['secrets'] })).toMatchObject({
      changes: [],
      warnings: [
        'secret team keeps its value while it is rotated; see: hecate read secret rotation --name team',
        'secret new is not in the backup and stays; delete it with: hecate delete secret --name new',
      ],
    });
  });

  it('are refused when neither Vault nor the backup has their value', () => {
    expect(decide(emptyState, restoreTarget(then, origin), { kept: [] })).toMatchObject({
      refusal: { kind: 'conflict', code: 'value-destroyed' },
    });
    expect(main).toContain('basic-auth/team/');
  });

  it('are not created from manifests, which have no values', () => {
    const described = {
      ...target,
      isDescribed: true,
      values: {},
      resources: [{ kind: 'Secret' as const, name: 'team', value: { name: 'team', kind: 'basic-auth' } as never }],
    };
    expect(decide(emptyState, described)).toMatchObject({
      changes: [],
      warnings: [expect.stringContaining('secret team does not exist, and the backup has no values of secrets')],
    });
  });

  it('leave those alone that are Hecate’s own, and those of another environment', () => {
    const own = { ...newSecret({ name: 'nats-worker', kind: 'nats-credentials', version: 1, edition: edition('a') }) };
    const owned = stateOf(changeOf('Secret', own.name, null, own));
    expect(decide(emptyState, restoreTarget(owned, origin), { components: ['secrets'] })).toMatchObject({
      changes: [],
    });
    expect(decide(emptyState, target, { into: true })).toMatchObject({ changes: [] });
  });

  it('are named as the way out where a route of another environment needs one', () => {
    const guarded = stateOf(
      changeOf('Secret', 'team', null, team()),
      routeChange(null, route(a, { middleware: ['basic-auth:team'] })),
    );
    expect(decide(emptyState, restoreTarget(guarded, origin), { into: true })).toMatchObject({
      refusal: { kind: 'conflict', hint: expect.stringContaining('--components secrets') as string },
    });
  });

  it('of a route’s certificate come back too', () => {
    const certificate = {
      chain: '',
      fingerprint: 'f'.repeat(64),
      notAfter: '2030-01-01T00:00:00.000Z',
      names: [a],
      keyType: 'ecdsa' as const,
    };
    const secured = stateOf(routeChange(null, route(a, { tls: { ...usualTls, certificate } })));
    const path = `tls/${certificate.fingerprint}`;
    expect(decide(secured, restoreTarget(secured, origin, { [path]: 'b'.repeat(24) }), { kept: [] })).toMatchObject({
      changes: [],
      claims: [{ vaultPath: path }],
    });
  });
});

describe('the operators of a restore', () => {
  const operator = (name: string, role: 'admin' | 'operator', key = 'A') => ({ name, role, publicKey: key.repeat(43) });
  const then = stateOf(
    changeOf('Operator', 'ada', null, operator('ada', 'admin')),
    changeOf('Operator', 'bob', null, operator('bob', 'operator')),
  );
  const now = stateOf(
    changeOf('Operator', 'ada', null, operator('ada', 'admin', 'B')),
    changeOf('Operator', 'eve', null, operator('eve', 'admin')),
  );

  it('come back only when they are asked for; present keys stay, and newer operators too', () => {
    expect(decide(now, restoreTarget(then, origin))).toMatchObject({ changes: [] });
    const decision = decide(now, restoreTarget(then, origin), { components: ['operators'] });
    expect(changesOf(decision)).toMatchObject([{ kind: 'Operator', name: 'bob', before: null }]);
    expect(decision).toMatchObject({ warnings: ['operator ada keeps the present key; the backup has an older one'] });
  });
});

describe('any night', () => {
  const most = { numRuns: 60 };

  it('is taken back by a restore of the evening’s backup, as far as base resources go', async () => {
    const nights = fc.array(step, { minLength: 5, maxLength: 25, size: 'max' });
    await fc.assert(
      fc.asyncProperty(
        nights,
        fc.constantFrom<string[]>([], ['routes'], ['auth-policies'], ['upstreams']),
        async (steps, components) => {
          const history = createHistory();
          await take(history, evening);
          const backup = restoreTarget(history.state(), origin);
          const then = valuesOf(history.state());
          await take(history, steps);
          const now = history.state();
          const decision = decide(now, backup, { components });
          // A part may contradict the rest; nothing is changed then.
          if (decision.kind === 'refuse') {
            expect(components).not.toEqual([]);
            return;
          }
          const after = valuesOf(stateAfter(now, decision.changes));
          const isMeant = (key: string) => components.length === 0 || components.includes(pluralOf(key));
          expect(only(after, (key) => isMeant(key))).toEqual(only(then, (key) => isMeant(key)));
          expect(only(after, (key) => !isMeant(key))).toEqual(only(valuesOf(now), (key) => !isMeant(key)));
          const again = decide(stateAfter(now, decision.changes), backup, { components });
          expect(again).toMatchObject({ changes: [] });
        },
      ),
      most,
    );
  }, 60_000);
});

async function take(history: History, steps: readonly Step[]): Promise<void> {
  for (const one of steps) if ('operation' in one) await history[one.kind](one.operation, one.input);
}

/** Base resources by key. */
function valuesOf({ resources }: State): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    [...resources].filter(([, { kind }]) => isBaseKind(kind)).map(([key, { value }]) => [key, value]),
  );
}

function only(
  values: Readonly<Record<string, unknown>>,
  isMeant: (key: string) => boolean,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(values).filter(([key]) => isMeant(key)));
}

function pluralOf(key: string): string {
  return definitionOf(key.slice(0, key.indexOf('/')) as ResourceKind).plural;
}

function rotation() {
  return {
    ...{
      id: 'r',
      strategy: 'immediate' as const,
      revokesFirst: false,
      phase: 'store' as const,
      maxAttempts: 10,
      attempts: 0,
    },
    ...{ phaseSince: context.now, startedAt: context.now, by: 'ada', older: null, isBrought: false, grace: '1h' },
    ...{ former: { version: 1, edition: edition('a') }, next: { version: 2, edition: edition('d') } },
    ...{ graceUntil: null, holdAt: null, isHeld: false, problem: null, isStuck: false, revokedAt: null, downMs: null },
  };
}
