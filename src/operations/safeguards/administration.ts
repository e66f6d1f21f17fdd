import { ownPartText, type OwnPart } from '../../domain/serving/own-part.js';
import { find } from '../../domain/log/state.js';
import { poolOf } from '../../domain/serving/pool.js';
import type { Change } from '../../domain/log/commit.js';
import type { Finding, PlannedChange, Safeguard } from './safeguard.js';

/** Finds servers that are a part of Hecate itself: every visitor who gets there could change or read what Hecate keeps. */
export const administration: Safeguard = {
  name: 'administration',
  isFinal: true,
  questions(change) {
    const dials = newServers(change);
    return dials.length === 0 ? [] : [{ kind: 'own-parts', dials }];
  },
  findings: (change, answers) =>
    newServers(change).flatMap((dial) => {
      const part = answers.ownPart(dial);
      return part === null ? [] : [findingOf(dial, part)];
    }),
};

/** Returns the dial addresses that the changes name after and not before, without duplicates. */
function newServers({ before, after, changes }: PlannedChange): string[] {
  const dials = changes.flatMap((change) => {
    const held = new Set(refsOf(change, 'before', before).flatMap((ref) => dialsOf(before, ref)));
    return refsOf(change, 'after', after)
      .flatMap((ref) => dialsOf(after, ref))
      .filter((dial) => !held.has(dial));
  });
  return [...new Set(dials)];
}

/** Returns the upstreams that one side of a change names: names and addresses. */
function refsOf(change: Change, side: 'before' | 'after', state: PlannedChange['after']): (string | null)[] {
  switch (change.kind) {
    case 'Route':
      return [change[side]?.upstream ?? null, change[side]?.backupUpstream ?? null];
    case 'Canary':
      return [change[side]?.upstream ?? null];
    case 'Upstream':
      return change[side] === null ? [] : [change.name];
    case 'Failover':
      return change[side] === null ? [] : [find(state, 'Route', change.name)?.value.backupUpstream ?? null];
    case 'AuthPolicy':
    case 'Bypass':
    case 'Operator':
    case 'Schedule':
    case 'Secret':
    case 'Source':
      return [];
  }
}

function dialsOf(state: PlannedChange['after'], ref: string | null): readonly string[] {
  return poolOf(state, ref)?.servers.map(({ dial }) => dial) ?? [];
}

function findingOf(dial: string, part: OwnPart): Finding {
  return {
    refuses: true,
    kind: 'invalid',
    code: part.kind === 'admin' ? 'upstream-is-admin-endpoint' : 'upstream-is-hecate',
    message: ownPartText(dial, part),
    remedy: 'give the address of an app',
  };
}
