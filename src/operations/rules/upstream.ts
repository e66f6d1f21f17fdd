import type { Refusal } from '../../domain/refusal.js';
import type { Route } from '../../domain/resources/route.js';
import { poolOf } from '../../domain/serving/pool.js';
import { all, type State } from '../../domain/log/state.js';
import { isUpstreamName } from '../../domain/resources/upstream.js';
import { invalid, missing } from '../refusals.js';
import type { Answers, Question } from '../questions.js';

/** Why a route cannot send its requests where it says; null: it can. */
export function upstreamProblem(state: State, { upstream, backupUpstream, autoFailover }: Route): Refusal | null {
  const unknown = [upstream, backupUpstream].find((ref) => ref !== null && poolOf(state, ref) === null);
  if (unknown) return missingUpstream(state, unknown);
  if (backupUpstream !== null && backupUpstream === upstream) {
    return invalid('backup-is-upstream', `${backupUpstream} cannot be its own backup`, 'Name another backup upstream.');
  }
  if (!autoFailover || backupUpstream !== null) return null;
  return invalid('no-backup', 'nothing can take over by itself without a backup upstream', 'Add --backup-upstream.');
}

/** What is said of an upstream that is not there, with the nearest that is. */
export function missingUpstream(state: State, name: string): Refusal {
  return missing(state, {
    kind: 'Upstream',
    name,
    code: 'upstream-missing',
    what: `upstream ${name}`,
    list: 'upstreams',
  });
}

/** Asks whether the servers behind these answer. */
export function dialQuestions(state: State, refs: readonly (string | null | undefined)[]): Question[] {
  return refs.flatMap((ref) => (ref ? dialsBehind(state, ref) : [])).map((dial) => ({ kind: 'dials', dial }));
}

/** Whether a server behind an address or a name answers; null: that cannot be told. */
export function upstreamAnswers(state: State, ref: string, asked: Answers): boolean | null {
  const found = dialsBehind(state, ref).map((dial) => asked.dials(dial));
  if (found.includes(true)) return true;
  return found.includes(null) || found.length === 0 ? null : false;
}

/** The address by which it shows that an upstream answers: a server that did when it was asked, else the first. */
export function provingDial(state: State, ref: string, asked: Answers): string[] {
  const dials = dialsBehind(state, ref);
  const proof = dials.find((dial) => asked.dials(dial) === true) ?? dials[0];
  return proof === undefined ? [] : [proof];
}

/** Which routes send requests to an upstream, now or during a failover or a canary. */
export function routesTo(state: State, name: string): string[] {
  const routes = all(state, 'Route')
    .filter(({ value }) => value.upstream === name || value.backupUpstream === name)
    .map((held) => held.name);
  const canaries = all(state, 'Canary')
    .filter(({ value }) => value.upstream === name)
    .map((held) => held.name);
  return [...new Set([...routes, ...canaries])];
}

function dialsBehind(state: State, ref: string): string[] {
  return poolOf(state, ref)?.servers.map(({ dial }) => dial) ?? [];
}

/** How messages call it. */
export function spokenUpstream(ref: string): string {
  return isUpstreamName(ref) ? `upstream ${ref}` : ref;
}
