import { changeOf } from '../../domain/log/commit.js';
import type { Refusal } from '../../domain/refusal.js';
import { secretPlace, type Secret } from '../../domain/resources/secret.js';
import { secretName } from '../../domain/values/name.js';
import { stagedId, type Claim } from '../../domain/values/staged.js';
import type { State } from '../../domain/log/state.js';
import type { Decision } from '../operation.js';
import type { Handover, Question } from '../questions.js';
import { routesWithSecret } from '../rules/route.js';

/** The name of the secret that a command is about. */
export const nameField = secretName.describe('Name of the secret').meta({ placeholder: 'name' });

/** The file with a secret's value; the value goes through Vault only. */
export const valueField = stagedId
  .describe('File with a line user:password (or user:bcrypt-hash) for each; -: standard input')
  .meta({ placeholder: 'file', file: 'secret' });

/** Why what was handed over cannot be a secret's value; null: it can. */
export function valueProblem({ fromFile }: { readonly fromFile: string }, handover: Handover): Refusal | null {
  const problem = handover.accounts(fromFile);
  if (problem === null) return null;
  const hint = 'Give a file with a line user:password for each account.';
  return { kind: 'invalid', code: 'accounts-unusable', message: `--from-file: ${problem}`, hint };
}

/** What the worker must look at before it takes a value over. */
export function valueQuestions(secret: Secret): Question[] {
  return [{ kind: 'accounts', staged: secret.edition, place: secretPlace(secret) }];
}

/** The decision to replace one secret, whose value is taken over first. */
export function secretDecision(state: State, before: Secret | null, after: Secret | null): Decision {
  const name = (after ?? before)?.name ?? '';
  // A route cannot use what is not there, so nothing is read of them.
  const hosts = before === null ? [] : routesWithSecret(state, name);
  const claims: Claim[] =
    after === null ? [] : [{ staged: after.edition, kind: 'accounts', place: secretPlace(after) }];
  const changes = [changeOf('Secret', name, before, after)];
  return { kind: 'change', changes, expect: { hosts, upstreams: [] }, warnings: [], claims };
}
