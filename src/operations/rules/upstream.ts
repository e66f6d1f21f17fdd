import type { Refusal } from '../../domain/refusal.js';
import type { Route } from '../../domain/resources/route.js';
import { poolOf } from '../../domain/serving/pool.js';
import type { State } from '../../domain/log/state.js';
import { usersOf } from '../../domain/log/users.js';
import { isUpstreamName } from '../../domain/resources/upstream.js';
import { invalid, missing } from '../refusals.js';
import type { Answers, Question } from '../operation.js';

/** Returns the refusal of a route's upstream or backup upstream; null: both are fine. */
export function upstreamProblem(state: State, { upstream, backupUpstream, autoFailover }: Route): Refusal | null {
  const unknown = [upstream, backupUpstream].find((ref) => ref !== null && poolOf(state, ref) === null);
  if (unknown) return missingUpstream(state, unknown);
  if (backupUpstream !== null && backupUpstream === upstream) {
    return invalid(
      'backup-is-upstream',
      `${backupUpstream} cannot be its own backup`,
      'Give another upstream with --backup-upstream.',
    );
  }
  if (!autoFailover || backupUpstream !== null) return null;
  return invalid(
    'no-backup',
    'automatic failover needs a backup upstream',
    'Add one with --backup-upstream HOST:PORT, or turn --auto-failover off.',
  );
}

/** Returns the refusal for an upstream that does not exist. */
export function missingUpstream(state: State, name: string): Refusal {
  return missing(state, 'Upstream', name);
}

/** Returns a question for each server behind these addresses or names: does it accept a connection? */
export function dialQuestions(state: State, refs: readonly (string | null | undefined)[]): Question[] {
  return refs.flatMap((ref) => (ref ? dialsBehind(state, ref) : [])).map((dial) => ({ kind: 'dials', dial }));
}

/** Returns true when a server behind an address or a name answers, false when none does, null when it is not known. */
export function upstreamAnswers(state: State, ref: string, asked: Answers): boolean | null {
  const found = dialsBehind(state, ref).map((dial) => asked.dials(dial));
  if (found.includes(true)) return true;
  return found.includes(null) || found.length === 0 ? null : false;
}

/** Returns the dial address that proves that an upstream answers: a server that answered the plan, else the first; empty: no server. */
export function provingDial(state: State, ref: string, asked: Answers): string[] {
  const dials = dialsBehind(state, ref);
  const proof = dials.find((dial) => asked.dials(dial) === true) ?? dials[0];
  return proof === undefined ? [] : [proof];
}

/** Returns the domains of routes that send requests to an upstream, now or during a failover or a canary. */
export function routesTo(state: State, name: string): readonly string[] {
  return usersOf(state, 'Upstream', name);
}

function dialsBehind(state: State, ref: string): string[] {
  return poolOf(state, ref)?.servers.map(({ dial }) => dial) ?? [];
}

/** Returns the text that names an upstream in messages: `upstream NAME`, or the address. */
export function spokenUpstream(ref: string): string {
  return isUpstreamName(ref) ? `upstream ${ref}` : ref;
}
