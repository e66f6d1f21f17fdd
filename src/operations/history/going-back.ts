import { isBaseChange } from '../../domain/log/base-kinds.js';
import type { Change } from '../../domain/log/commit.js';
import type { State } from '../../domain/log/state.js';
import { stateAfter } from '../../domain/log/hypothetical.js';
import { returnProblem } from '../rules/consistency.js';
import type { Answers, Question } from '../questions.js';
import { type Context, type Decision, touchedHosts } from '../operation.js';
import { moduleQuestions } from '../rules/route.js';
import { overlayEnds } from '../rules/overlays.js';
import { upstreamAnswers, dialQuestions, spokenUpstream } from '../rules/upstream.js';
import { tlsQuestions } from '../rules/tls.js';

/** More servers than that are not asked whether they answer: each may take two seconds. */
const MOST_DIALS = 100;

/** What must be known of the world before base resources become what they were. */
export function goingBackQuestions(state: State, changes: readonly Change[]): Question[] {
  const dials = new Map(
    dialQuestions(stateAfter(state, changes), upstreamsOf(changes)).map((q) => [JSON.stringify(q), q]),
  );
  const policies = changes.flatMap((change) => (change.kind === 'AuthPolicy' && change.after ? [change.after] : []));
  return [
    ...(dials.size <= MOST_DIALS ? dials.values() : []),
    ...changes.flatMap((c) =>
      c.kind === 'Route' && c.after ? [...moduleQuestions(c.after.middleware), ...tlsQuestions(c.after.tls, {})] : [],
    ),
    ...policies.flatMap(({ groups, flow, createGroups }): Question[] => [
      ...(groups.length > 0 && !createGroups ? [{ kind: 'groups' as const, names: groups }] : []),
      ...(flow === null ? [] : [{ kind: 'flow' as const, slug: flow }]),
    ]),
  ];
}

/**
 * The decision to give base resources values that they had: one commit, with the end of overlays that could not lie over
 * them any more. Refused when what is left would not hold together.
 */
export function goBack(
  state: State,
  { changes, warnings }: { readonly changes: readonly Change[]; readonly warnings: readonly string[] },
  answers: Answers,
  context: Context,
): Decision {
  const ends = overlayEnds(state, changes);
  const whole = [...changes, ...ends.map(({ change }) => change)];
  const after = stateAfter(state, whole);
  const refusal = returnProblem(after, changes.filter(isBaseChange), answers);
  if (refusal) return { kind: 'refuse', refusal };
  return {
    kind: 'change',
    changes: whole,
    expect: { ...touchedHosts(hostsOf(whole)), upstreams: [] },
    warnings: [
      ...warnings,
      ...ends.map(({ why }) => why),
      ...irrecoverable(changes, context.now),
      ...deadUpstreams(after, changes, answers),
    ],
  };
}

/** Domains that are answered otherwise afterwards. */
function hostsOf(changes: readonly Change[]): string[] {
  const isOver = ({ kind }: Change) => kind !== 'AuthPolicy' && kind !== 'Upstream' && kind !== 'Secret';
  return [...new Set(changes.filter(isOver).map(({ name }) => name))];
}

function upstreamsOf(changes: readonly Change[]): string[] {
  const refs = changes.flatMap((change) => (change.kind === 'Route' && change.after ? [change.after.upstream] : []));
  return [...new Set(refs)];
}

function deadUpstreams(after: State, changes: readonly Change[], answers: Answers): string[] {
  return upstreamsOf(changes)
    .filter((ref) => upstreamAnswers(after, ref, answers) === false)
    .map((ref) => `${spokenUpstream(ref)} does not answer now; requests get 502 until it does`);
}

/**
 * What the world does not give back although the log does, a sentence each: what lay outside of it has gone meanwhile.
 * A kind of resource that can lose something for good says so here.
 */
export function irrecoverable(changes: readonly Change[], now: string): string[] {
  return changes.flatMap((change) => (change.kind === 'Route' ? expiredCertificate(change, now) : []));
}

function expiredCertificate({ before, after }: Extract<Change, { kind: 'Route' }>, now: string): string[] {
  const certificate = after?.tls.certificate ?? null;
  if (after === null || certificate === null || certificate.notAfter > now) return [];
  if (before?.tls.certificate?.fingerprint === certificate.fingerprint) return [];
  return [`the certificate that ${after.domain} gets back expired at ${certificate.notAfter}: give it a new one`];
}
