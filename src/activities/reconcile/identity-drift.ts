import { compileIdentity } from '../../domain/identity/document.js';
import type { State } from '../../domain/log/state.js';
import { whyNotAdopted } from '../../domain/drift/adopt.js';
import type { ErrorKind } from '../../domain/refusal.js';
import { Failure } from '../../ports/failure.js';
import type { IdentityDifference } from '../../workflows/contracts/reconcile.js';
import type { Dependencies } from '../dependencies.js';
import { lastChanges } from './last-change.js';
import { cutDrift, LONGEST_LIST } from './report-limits.js';

/** The identity provider compared with the log. */
export interface IdentityReport {
  readonly differences: readonly IdentityDifference[];
  /** Full number; the list is cut. */
  readonly count: number;
  readonly problem?: string;
  readonly problemKind?: ErrorKind;
}

/**
 * Returns the differences between the identity provider and the log, each with the last change in the log. Null: none is
 * configured. `problem`: it cannot be compared, so the differences are not known. Writes nothing.
 */
export async function identityDrift(
  { identity, log }: Pick<Dependencies, 'identity' | 'log'>,
  state: State,
  { adopt }: { readonly adopt: boolean },
): Promise<IdentityReport | null> {
  if (!identity) return null;
  const found = await identity.drift(compileIdentity(state)).catch(failureOf);
  if (found instanceof Failure) {
    return { differences: [], count: 0, problem: found.message, problemKind: found.kind };
  }
  const shown = found.slice(0, LONGEST_LIST);
  const lastChange = await lastChanges(
    log,
    state,
    shown.flatMap(({ subject }) => resourceOf(subject) ?? []),
  );
  const differences = shown.map((one) => {
    const resource = resourceOf(one.subject);
    const origin = resource && lastChange(resource);
    const notAdopted = adopt ? whyNotAdopted(one) : null;
    return { ...cutDrift(one), since: origin?.at ?? null, by: origin?.actor ?? null, notAdopted };
  });
  return { differences, count: found.length };
}

/** Returns the resource of the log that a difference is about. */
function resourceOf(subject: string): { readonly kind: 'AuthPolicy' | 'Route'; readonly name: string } | null {
  const [concerns, name = ''] = subject.split(' ', 2);
  if (name === '' || name === '*') return null;
  return { kind: concerns === 'rule' ? 'AuthPolicy' : 'Route', name };
}

function failureOf(error: unknown): Failure {
  if (error instanceof Failure) return error;
  throw error;
}
