import { Failure } from '../../ports/failure.js';
import { answered, type AuthentikApi } from './api-client.js';
import type { Writer } from './writer.js';

const EMBEDDED = 'goauthentik.io/outposts/embedded';

/** The outpost inside authentik, as it is now. */
export async function embeddedOutpost({ outposts }: AuthentikApi) {
  const found = await answered('find the outpost', outposts.outpostsInstancesList({ managedIexact: EMBEDDED }));
  const outpost = found.results[0];
  if (outpost) return outpost;
  throw new Failure('unavailable', 'authentik has no embedded outpost', {
    system: 'authentik',
    hint: 'Start authentik without AUTHENTIK_OUTPOSTS__DISABLE_EMBEDDED_OUTPOST.',
  });
}

/** Makes the outpost serve `add` and not `remove`. The list is replaced whole, so it is read right before; others' entries stay. */
export async function serveOnOutpost(
  api: AuthentikApi,
  writer: Writer,
  { add, remove }: { readonly add: readonly number[]; readonly remove: readonly number[] },
): Promise<void> {
  if (add.length === 0 && remove.length === 0) return;
  const outpost = await embeddedOutpost(api);
  const providers = [...new Set([...outpost.providers, ...add])].filter((pk) => !remove.includes(pk));
  if (providers.length === outpost.providers.length && providers.every((pk) => outpost.providers.includes(pk))) return;
  await writer.write('change what the outpost serves', () =>
    api.outposts.outpostsInstancesPartialUpdate({ uuid: outpost.pk, patchedOutpostRequest: { providers } }),
  );
}
