import { secretKinds, type SecretKindName } from './kinds.js';
import type { ValueForm } from './kind.js';
import { s3AccessForm } from './s3-access.js';
import { storedValue } from './stored-value.js';
import { tlsKey } from './tls-key.js';

/**
 * A staged value, which an activity moves to its path in Vault before the commit that needs it. It is part of a plan, so
 * running workflows may hold one that an older version wrote, see {@link readClaim}.
 */
export interface Claim {
  /** Id under which the value was staged. */
  readonly staged: string;
  /** `stored`: a value as Vault kept it, from a backup. `s3-access`: the access to a destination of backups, which replaces the one before. */
  readonly kind: SecretKindName | 'tls-key' | 'stored' | 's3-access';
  /** Path in Vault, to which no other value is ever written; of an access the destination. */
  readonly vaultPath: string;
}

/** A claim of version 0.3: `place` was the path, and kinds had other names. */
interface FormerClaim {
  readonly staged: string;
  readonly kind: string;
  readonly place: string;
}

/** A claim with the rules for its value. */
export interface ReadClaim {
  readonly staged: string;
  readonly form: ValueForm;
  readonly vaultPath: string;
}

/** Returns a claim as this version or an older one wrote it, with the rules for its value. Throws for an unknown kind. */
export function readClaim(claim: Claim | FormerClaim): ReadClaim {
  const { staged, kind } = claim;
  return { staged, form: formOf(kind), vaultPath: 'vaultPath' in claim ? claim.vaultPath : claim.place };
}

function formOf(kind: string): ValueForm {
  if (kind === 'tls-key') return tlsKey;
  if (kind === 'stored') return storedValue;
  if (kind === 's3-access') return s3AccessForm;
  const found = secretKinds.find(({ name, formerClaims = [] }) => name === kind || formerClaims.includes(kind));
  if (found) return found;
  throw new Error(`this version of Hecate does not know secrets of the kind ${kind}`);
}
