import { isIgnorable, isIgnorableInIdentity, isInIdentity } from '../domain/drift/ignored.js';
import { Failure } from '../ports/failure.js';

/** Fields that others may set, as JSON pointers; they are not drift. */
export interface IgnoredDifferences {
  /** In Hecate's server of each proxy. */
  readonly proxies: readonly string[];
  /** In Hecate's objects of the identity provider. */
  readonly identity: readonly string[];
}

/** Reads `HECATE_IGNORE_DIFFERENCES`: JSON pointers as reconcile shows them, separated by commas. Throws `invalid` for fields that decide access. */
export function ignoredDifferences(env: Readonly<Record<string, string | undefined>>): IgnoredDifferences {
  const pointers = (env['HECATE_IGNORE_DIFFERENCES'] ?? '')
    .split(',')
    .map((text) => text.trim())
    .filter(Boolean);
  const identity = pointers.filter(isInIdentity);
  const proxies = pointers.filter((pointer) => !isInIdentity(pointer));
  const closed = identity.find((pointer) => !isIgnorableInIdentity(pointer));
  if (closed !== undefined) {
    const message = `HECATE_IGNORE_DIFFERENCES ${JSON.stringify(closed)} is not allowed: the field decides who may visit`;
    throw new Failure('invalid', message, {
      hint: 'Name fields that people only see, such as /applications/*/name or /applications/*/meta_launch_url.',
    });
  }
  const wrong = proxies.find((pointer) => !isIgnorable(pointer));
  if (wrong === undefined) return { proxies, identity };
  throw new Failure(
    'invalid',
    `HECATE_IGNORE_DIFFERENCES ${JSON.stringify(wrong)} is not a JSON pointer into Hecate's server`,
    { hint: 'Name a field beside the routes, such as /read_timeout or /trusted_proxies.' },
  );
}
