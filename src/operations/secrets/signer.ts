import { changeOf, type Change } from '../../domain/log/commit.js';
import { all, find, type State } from '../../domain/log/state.js';
import { newSecret, vaultPathOf, type Secret } from '../../domain/resources/secret.js';
import type { Claim } from '../../domain/secrets/claim.js';
import { genericSettings } from '../../domain/secrets/generic.js';
import type { Minting } from '../../domain/secrets/minting.js';
import { isResourceName } from '../../domain/values/name.js';
import type { Refusal } from '../../domain/refusal.js';
import { stagedId } from '../../domain/values/staged.js';
import type { ChangeDecision, Decision } from '../operation.js';
import { conflict, invalid, refuse } from '../refusals.js';
import { missingSecret } from '../rules/route.js';

/** Staged key that signs a webhook; the command line makes one where a webhook is given without a secret that signs. */
export const signerKeyField = stagedId.optional().meta({ internal: true });

/** The form of such a key. */
const keyMinting: Minting = { valueFormat: 'whsec', valueLength: 43 };

/** Returns the key that the command line makes for these settings, by its field; none: it is not needed. */
export function mintedKey(input: object): Readonly<Record<string, Minting>> {
  const { webhook, webhookSecret } = input as { readonly webhook?: unknown; readonly webhookSecret?: unknown };
  const isNeeded = typeof webhook === 'string' && webhook !== 'none' && webhookSecret === undefined;
  return isNeeded ? { signerKey: keyMinting } : {};
}

/**
 * Returns the decision about a secret with a webhook: that of `decide`, with the secret that signs. Without a name for it, it is
 * `<name>-webhook`, which is created with the staged key when there is none.
 */
export function signed(
  state: State,
  secret: Secret,
  signerKey: string | undefined,
  decide: (secret: Secret) => ChangeDecision,
): Decision {
  const found = withSigner(state, secret, signerKey);
  if ('code' in found) return refuse(found);
  const decision = decide(found.secret);
  return {
    ...decision,
    changes: [...found.changes, ...decision.changes],
    claims: [...found.claims, ...(decision.claims ?? [])],
  };
}

/** A secret whose webhook has a secret that signs, and what has to be created for it. */
interface Signed {
  readonly secret: Secret;
  readonly changes: readonly Change[];
  readonly claims: readonly Claim[];
}

function withSigner(state: State, secret: Secret, signerKey: string | undefined): Signed | Refusal {
  if (secret.kind !== 'generic') return { secret, changes: [], claims: [] };
  const settings = genericSettings.parse(secret.settings);
  const { webhook, webhookSecret } = settings;
  if (webhookSecret !== null) {
    const problem = signerProblem(state, secret, webhookSecret);
    return problem ?? { secret, changes: [], claims: [] };
  }
  if (webhook === null) return { secret, changes: [], claims: [] };
  const name = `${secret.name}-webhook`;
  const signed: Secret = { ...secret, settings: { ...settings, webhookSecret: name } };
  const held = find(state, 'Secret', name);
  if (held) return signerProblem(state, secret, name) ?? { secret: signed, changes: [], claims: [] };
  const hint = `Create one: hecate create secret --name KEY --kind generic --value-format whsec; then add --webhook-secret KEY`;
  if (!isResourceName(name)) return invalid('webhook-unsigned', `${name} is too long as the name of a secret`, hint);
  if (signerKey === undefined)
    return invalid('webhook-unsigned', 'the webhook has no secret that signs its events', hint);
  const signer = newSecret({
    ...{ name, kind: 'generic', version: 1, edition: signerKey },
    settings: genericSettings.parse({ valueFormat: 'whsec' }),
  });
  return {
    secret: signed,
    changes: [changeOf('Secret', name, null, signer)],
    claims: [{ staged: signerKey, kind: signer.kind, vaultPath: vaultPathOf(signer) }],
  };
}

function signerProblem(state: State, secret: Secret, name: string): Refusal | null {
  if (name === secret.name) {
    const hint = `Leave --webhook-secret out: Hecate creates ${secret.name}-webhook.`;
    return invalid(
      'webhook-signs-itself',
      `secret ${name} cannot sign its own webhook: its value would be its key`,
      hint,
    );
  }
  const signer = find(state, 'Secret', name)?.value;
  if (!signer) return missingSecret(state, name);
  if (signer.kind === 'generic') return null;
  const hint = 'Create one: hecate create secret --name KEY --kind generic --value-format whsec';
  return conflict(
    'secret-of-other-kind',
    `secret ${name} is of the kind ${signer.kind}; only generic ones sign webhooks`,
    hint,
  );
}

/** Returns the refusal to delete a secret that signs webhooks of others; null: it signs none. */
export function signsRefusal(state: State, name: string): Refusal | null {
  const signed = all(state, 'Secret').filter(({ value }) => value.settings['webhookSecret'] === name);
  const [first] = signed;
  if (first === undefined) return null;
  return conflict(
    'secret-in-use',
    `secret ${name} signs the webhooks of ${signed.map((one) => one.name).join(', ')}`,
    `Take it away first: hecate update secret --name ${first.name} --webhook none --webhook-secret none`,
  );
}
