import { Failure } from '../../ports/failure.js';
import { orFailure } from './client/api-client.js';
import type { AuthentikApi } from './client/calls.js';
import { objectPath } from './client/object-paths.js';
import type { Writer } from './client/writer.js';

const EMBEDDED = 'goauthentik.io/outposts/embedded';

/** Fetches authentik's embedded outpost. Throws `unavailable` when there is none. */
export async function embeddedOutpost({ outposts }: AuthentikApi) {
  const found = await orFailure('find the outpost', outposts.outpostsInstancesList({ managedIexact: EMBEDDED }));
  const outpost = found.results[0];
  if (outpost) return outpost;
  throw new Failure('unavailable', 'authentik has no embedded outpost, which Hecate needs for sign-in', {
    system: 'authentik',
    hint: 'Restart authentik without AUTHENTIK_OUTPOSTS__DISABLE_EMBEDDED_OUTPOST.',
  });
}

/** A provider to add to the outpost, or to remove from it. */
interface Served {
  readonly pk: number;
  readonly name: string;
}

/**
 * Adds providers to the outpost and removes others. authentik can only replace the whole list, so it is read right before
 * the write, and entries of others stay. Idempotent.
 */
export async function serveOnOutpost(
  api: AuthentikApi,
  writer: Writer,
  { add, remove }: { readonly add: readonly Served[]; readonly remove: readonly Served[] },
): Promise<void> {
  if (add.length === 0 && remove.length === 0) return;
  const outpost = await embeddedOutpost(api);
  const missing = add.filter(({ pk }) => !outpost.providers.includes(pk));
  const foreign = remove.filter(({ pk }) => outpost.providers.includes(pk));
  if (missing.length === 0 && foreign.length === 0) return;
  const pathOf = ({ name }: Served) => objectPath('outposts', outpost.name, 'providers', name);
  const repairs = () => [
    ...missing.map((one) => ({ path: pathOf(one), wanted: true, found: undefined })),
    ...foreign.map((one) => ({ path: pathOf(one), wanted: undefined, found: true })),
  ];
  const unwanted = new Set(remove.map(({ pk }) => pk));
  const providers = [...new Set([...outpost.providers, ...add.map(({ pk }) => pk)])].filter((pk) => !unwanted.has(pk));
  await writer.write({ what: "change the outpost's list of providers", repairs, answer: outpost }, () =>
    api.outposts.outpostsInstancesPartialUpdate({ uuid: outpost.pk, patchedOutpostRequest: { providers } }),
  );
}
