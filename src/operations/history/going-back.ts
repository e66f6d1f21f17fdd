import { isBaseChange } from '../../domain/log/base-kinds.js';
import type { Change } from '../../domain/log/commit.js';
import type { State } from '../../domain/log/state.js';
import { stateAfter } from '../../domain/log/hypothetical.js';
import type { Refusal } from '../../domain/refusal.js';
import { lastAdmin } from '../rules/operators.js';
import { returnProblem } from '../rules/consistency.js';
import type { Answers, Question } from '../questions.js';
import { type Context, type Decision, touchedHosts } from '../operation.js';
import { questionsOf } from '../rules/base-rules.js';
import { definitionOf } from '../../domain/resources/kinds.js';
import { overlayEnds } from '../rules/overlays.js';
import { conflict, refuse } from '../refusals.js';
import { vaultPathOfKey } from '../../domain/secrets/tls-key.js';

/** Returns the questions about the outside world to answer before base resources can get past values. */
export function goingBackQuestions(changes: readonly Change[]): Question[] {
  const keys = returningKeys(changes).map(({ vaultPath }) => ({ kind: 'kept-value', vaultPath }) as const);
  return [...questionsOf(changes.filter(isBaseChange)), ...keys];
}

/**
 * Returns the decision to give base resources their past values, in one commit. Overlays that cannot go on end in the same
 * commit. Refuses when the resources would contradict each other.
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
  const refusal =
    returnProblem(after, changes.filter(isBaseChange), answers) ??
    noAdminLeft(state, changes) ??
    destroyedKey(changes, answers);
  if (refusal) return refuse(refusal);
  return {
    kind: 'change',
    changes: whole,
    expect: { ...touchedHosts(affectedRoutes(whole)) },
    warnings: [...warnings, ...ends.map(({ why }) => why), ...irrecoverable(changes, context.now)],
  };
}

/** Returns the refusal of changes that take the role of the last admin; null: they do not. */
function noAdminLeft(state: State, changes: readonly Change[]): Refusal | null {
  const operators = changes.flatMap((change) =>
    change.kind === 'Operator' ? [[change.name, change.after] as const] : [],
  );
  return operators.length === 0 ? null : lastAdmin(state, new Map(operators));
}

/** Returns the keys of certificates that routes get back, with their paths in Vault. */
function returningKeys(changes: readonly Change[]): { readonly domain: string; readonly vaultPath: string }[] {
  return changes.flatMap((change) => {
    if (change.kind !== 'Route') return [];
    const { before, after } = change;
    const certificate = after?.tls.certificate ?? null;
    if (after === null || certificate === null) return [];
    if (before?.tls.certificate?.fingerprint === certificate.fingerprint) return [];
    return [{ domain: after.domain, vaultPath: vaultPathOfKey(certificate.fingerprint) }];
  });
}

/** Returns the refusal of changes that need a key which Vault has no more; null: there is none. */
function destroyedKey(changes: readonly Change[], answers: Answers): Refusal | null {
  const lacking = returningKeys(changes).find(({ vaultPath }) => !answers.isKept(vaultPath));
  if (lacking === undefined) return null;
  const { domain } = lacking;
  return conflict(
    'value-destroyed',
    `the private key of the certificate that ${domain} had was destroyed: Vault keeps unused keys for HECATE_KEEP_SECRETS only`,
    `Give the certificate and its key again: hecate create route --domain ${domain} … --tls-cert FILE --tls-key FILE, or for a route that exists hecate update route --domain ${domain} --tls-cert FILE --tls-key FILE`,
  );
}

/** Returns the names of the routes whose responses may change. */
function affectedRoutes(changes: readonly Change[]): string[] {
  const isHost = ({ kind }: Change) => definitionOf(kind).identity === 'domain';
  return [...new Set(changes.filter(isHost).map(({ name }) => name))];
}

/** Returns one sentence for each thing outside the log that cannot be restored with these changes. */
export function irrecoverable(changes: readonly Change[], now: string): string[] {
  return changes.flatMap((change) => (change.kind === 'Route' ? expiredCertificate(change, now) : []));
}

function expiredCertificate({ before, after }: Extract<Change, { kind: 'Route' }>, now: string): string[] {
  const certificate = after?.tls.certificate ?? null;
  if (after === null || certificate === null || certificate.notAfter > now) return [];
  if (before?.tls.certificate?.fingerprint === certificate.fingerprint) return [];
  return [
    `the certificate to restore for ${after.domain} expired at ${certificate.notAfter}; replace it with: hecate update route --domain ${after.domain} --tls-cert FILE --tls-key FILE`,
  ];
}
