import { s3AccessFrom } from '../../adapters/backup/stores/s3-access.js';
import type { CataloguedOperation } from '../../operations/catalogue.js';
import { stagedSecretId } from '../run/operation-id.js';
import type { InputWithSecrets } from './minted.js';

/**
 * Puts the access to destinations of backups in S3, from the variables of AWS, among the values that go through Vault. Without
 * such variables the worker uses its own.
 */
export function withAccess(
  operation: CataloguedOperation,
  { input, secrets }: InputWithSecrets,
  env: Readonly<Record<string, string | undefined>>,
): InputWithSecrets {
  const places = operation.handsAccessTo?.(input) ?? [];
  const access = places.length === 0 ? null : s3AccessFrom(env);
  if (access === null || (access.credentials === null && access.endpoint === null)) return { input, secrets };
  const all = new Map(secrets);
  const ids = places.map((place) => {
    const id = stagedSecretId();
    all.set(id, JSON.stringify(access));
    return [place, id] as const;
  });
  return { input: { ...input, access: Object.fromEntries(ids) }, secrets: all };
}
