import { randomBytes } from 'node:crypto';
import { mintedText } from '../../domain/secrets/minting.js';
import type { CataloguedOperation } from '../../operations/catalogue.js';
import { stagedSecretId } from '../run/operation-id.js';

/** An input with the values that go through Vault, by the ids that replace them in it. */
export interface InputWithSecrets {
  readonly input: Record<string, unknown>;
  readonly secrets: ReadonlyMap<string, string>;
}

/** Makes the values that an operation mints, and puts their ids into its input. */
export function withMinted(
  operation: CataloguedOperation,
  input: Record<string, unknown>,
  secrets: ReadonlyMap<string, string>,
): InputWithSecrets {
  const all = new Map(secrets);
  const filled = { ...input };
  for (const [field, minting] of Object.entries(operation.mints?.(input) ?? {})) {
    const id = stagedSecretId();
    all.set(id, mintedText(minting, randomBytes));
    filled[field] = id;
  }
  return { input: filled, secrets: all };
}
