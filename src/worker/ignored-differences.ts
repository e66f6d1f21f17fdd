import { isIgnorable, isIgnorableInIdentity, isInIdentity } from '../domain/drift/ignored.js';
import { Failure } from '../ports/failure.js';

/** Places that are left to others, by JSON pointer. */
export interface IgnoredDifferences {
  /** In our server of each proxy. */
  readonly proxies: readonly string[];
  /** In what is ours in the identity provider. */
  readonly identity: readonly string[];
}

/** What others may set, by `HECATE_IGNORE_DIFFERENCES`: JSON pointers as reconcile shows them, separated by commas. */
export function ignoredDifferences(env: Readonly<Record<string, string | undefined>>): IgnoredDifferences {
  const pointers = (env['HECATE_IGNORE_DIFFERENCES'] ?? '')
    .split(',')
    .map((text) => text.trim())
    .filter(Boolean);
  const identity = pointers.filter(isInIdentity);
  const proxies = pointers.filter((pointer) => !isInIdentity(pointer));
  const closed = identity.find((pointer) => !isIgnorableInIdentity(pointer));
  if (closed !== undefined) {
    const message = `HECATE_IGNORE_DIFFERENCES ${JSON.stringify(closed)} would leave to others who may pass`;
    throw new Failure('invalid', message, {
      hint: 'Name what people see only, such as /applications/*/name or /applications/*/meta_launch_url.',
    });
  }
  const wrong = proxies.find((pointer) => !isIgnorable(pointer));
  if (wrong === undefined) return { proxies, identity };
  throw new Failure(
    'invalid',
    `HECATE_IGNORE_DIFFERENCES ${JSON.stringify(wrong)} is no JSON pointer into our server`,
    { hint: 'Name a place beside the routes, such as /read_timeout or /trusted_proxies.' },
  );
}
