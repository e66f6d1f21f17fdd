import { isSame } from '../../domain/data/fields.js';
import { changeOf } from '../../domain/log/commit.js';
import type { Refusal } from '../../domain/refusal.js';
import { vaultPathOf, type Secret } from '../../domain/resources/secret.js';
import type { Claim } from '../../domain/secrets/claim.js';
import { creatableKinds, secretKindOf, usualSecretKind, type SecretKindName } from '../../domain/secrets/kinds.js';
import { reservedName } from '../../domain/secrets/reserved-names.js';
import { secretName } from '../../domain/values/name.js';
import { stagedId } from '../../domain/values/staged.js';
import { hostsOf } from '../../domain/resources/route.js';
import { find, type State } from '../../domain/log/state.js';
import type { ChangeDecision, Handover, Question } from '../operation.js';
import { conflict, invalid } from '../refusals.js';
import { routesWithSecret } from '../rules/route.js';

/** The name of a secret, as a field of commands. */
export const nameField = secretName.describe('Name of the secret').meta({ placeholder: 'name', names: 'Secret' });

const valueHelp = `File with the value; -: standard input. ${creatableKinds.map(contentOf).join('; ')}`;
const valueMeta = { placeholder: 'file', file: 'secret' } as const;

/** The file with a secret's value, which may be left out. The value is passed through Vault only. */
export const valueField = stagedId.optional().describe(valueHelp).meta(valueMeta);

/** The same where Hecate can make the value itself. */
export const optionalValueField = stagedId
  .optional()
  .describe(`${valueHelp}. Default: Hecate makes it`)
  .meta(valueMeta);

/** The same for a first value, which Hecate makes for some kinds only. */
export const firstValueField = stagedId
  .optional()
  .describe(`${valueHelp}. Default for ${mintedKinds()}: Hecate makes it`)
  .meta(valueMeta);

function mintedKinds(): string {
  const minted = creatableKinds.filter((kind) => kind.minting !== undefined);
  return minted.map(({ name }) => name).join(', ');
}

function contentOf({ name, content }: { readonly name: string; readonly content: string }): string {
  return `${name}: ${content}`;
}

/** Returns the refusal of a staged value that a secret cannot have; null: it can, or there is none. Kind null: the command does not know the kind. */
export function valueRefusal(
  { fromFile }: { readonly fromFile?: string | undefined },
  kind: SecretKindName | null,
  handover: Handover,
): Refusal | null {
  if (fromFile === undefined) return null;
  const problem = handover.secretValueProblem(fromFile, kind);
  if (problem === null) return null;
  const { refusalCode, content } = secretKindOf(kind ?? usualSecretKind);
  return invalid(refusalCode, `--from-file: ${problem}`, `Give a file with ${content}.`);
}

/** Returns the refusal to bring a value of one of Hecate's own credentials, or to delete it; null: it is none. */
export function ownRefusal({ name, kind }: Secret): Refusal | null {
  if (!secretKindOf(kind).isOwn) return null;
  const message = `secret ${name} is a credential of Hecate itself`;
  return conflict('own-credential', message, `Replace its value: hecate update secret rotate --name ${name}`);
}

/** Returns the refusal to create a secret of a name that is reserved; null: it is not. */
export function reservedRefusal(name: string): Refusal | null {
  const message = reservedName(name);
  if (message === null) return null;
  return conflict('name-reserved', message, `Give it another name, such as --name my-${name}.`);
}

/** Returns the questions about a staged value that the worker answers before it decides. */
export function valueQuestions(secret: Secret, state?: State): Question[] {
  const { kind: secretKind, edition: staged } = secret;
  const hosts = state === undefined ? [] : certificateHosts(state, secret);
  const certificate = hosts.length === 0 ? {} : { hosts };
  return [{ kind: 'secret-value', secretKind, staged, vaultPath: vaultPathOf(secret), ...certificate }];
}

/** Returns the hosts of the routes that use the certificate of a secret. */
function certificateHosts(state: State, { kind, name }: Secret): readonly string[] {
  if (kind !== 'tls-certificate') return [];
  return routesWithSecret(state, name).flatMap((domain) => {
    const route = find(state, 'Route', domain)?.value;
    return route === undefined ? [] : hostsOf(route);
  });
}

/** Returns the decision to replace one secret; without changes when both are equal. A new value is moved to its own path before the commit. */
export function secretDecision(state: State, before: Secret | null, after: Secret | null): ChangeDecision {
  const name = (after ?? before)?.name ?? '';
  // No route uses a secret before it exists. Skipping the lookup keeps routes out of what the plan reads.
  const hosts = before === null || after?.edition === before.edition ? [] : routesWithSecret(state, name);
  const claims: Claim[] =
    after === null || after.edition === before?.edition
      ? []
      : [{ staged: after.edition, kind: after.kind, vaultPath: vaultPathOf(after) }];
  const changes = isSame(before, after) ? [] : [changeOf('Secret', name, before, after)];
  return { kind: 'change', changes, expect: { hosts }, warnings: [], claims };
}
