import { compileIdentity } from '../domain/compile-identity.js';
import type { IdentityDrift } from '../domain/drift.js';
import { find, type State } from '../domain/state.js';
import { whyNotAdopted } from '../domain/why-not-adopted.js';
import { Failure } from '../ports/failure.js';
import type { IdentityDifference } from '../workflows/reconcile-activities.js';
import type { Dependencies } from './dependencies.js';
import { lastChange } from './last-change.js';
import { cutDrift, LONGEST_LIST } from './cut-drift.js';

/**
 * Where the identity provider is not what the log says, and since when and by whom the log wants it so. Null: none is
 * configured. Writes nothing. One that cannot be looked at is a difference too.
 */
export async function identityDrift(
  { identity, log }: Pick<Dependencies, 'identity' | 'log'>,
  state: State,
  { adopt }: { readonly adopt: boolean },
): Promise<{ readonly differences: readonly IdentityDifference[]; readonly count: number } | null> {
  if (!identity) return null;
  const found = await identity.drift(compileIdentity(state)).catch(asDrift);
  const origins = new Map<string, Promise<Origin | null>>();
  const originOf = (subject: string) => {
    const origin = origins.get(subject) ?? lookUp(log, state, subject);
    origins.set(subject, origin);
    return origin;
  };
  const told = found.slice(0, LONGEST_LIST).map(async (one) => {
    const origin = await originOf(one.subject);
    const notAdopted = adopt ? whyNotAdopted(one) : null;
    return { ...cutDrift(one), since: origin?.at ?? null, by: origin?.actor ?? null, notAdopted };
  });
  return { differences: await Promise.all(told), count: found.length };
}

interface Origin {
  readonly at: string;
  readonly actor: string;
}

/** The last change of what a difference is about, also where that is gone from the log. */
async function lookUp(log: Dependencies['log'], state: State, subject: string): Promise<Origin | null> {
  const [concerns, name = ''] = subject.split(' ', 2);
  if (name === '' || name === '*') return null;
  const kind = concerns === 'rule' ? 'AuthPolicy' : 'Route';
  const held = find(state, kind, name);
  return held ? { at: held.updatedAt, actor: held.updatedBy } : lastChange(log, { kind, name });
}

function asDrift(error: unknown): IdentityDrift[] {
  const problem = error instanceof Error ? error.message : String(error);
  if (!(error instanceof Failure)) throw error;
  const nothing = { path: '', wanted: null, found: null, subject: '' };
  return [{ kind: 'changed', object: 'authentik', ...nothing, problem: `it cannot be looked at: ${problem}` }];
}
