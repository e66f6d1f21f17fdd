import { Failure } from '../../ports/failure.js';
import type { AuthentikApi } from './client/calls.js';
import { findFlow } from './lookup.js';
import { provideMfaFlow } from './mfa-flow.js';
import { everyResult, PAGE_SIZE } from './client/pages.js';
import type { Attempts } from './client/attempts.js';
import type { IdentityWork } from './rules.js';

const IMPLICIT_CONSENT = 'default-provider-authorization-implicit-consent';
const INVALIDATION = 'default-provider-invalidation-flow';

/** Primary keys of flows by slug, each fetched once. `mfa` creates the flow for second factors. */
export interface FlowLookup {
  /** Throws `unavailable` until authentik has created its default flows. */
  readonly plain: () => Promise<string>;
  readonly invalidation: () => Promise<string>;
  readonly authentication: (slug: string) => Promise<string>;
  readonly mfa: () => Promise<string>;
  /** Slug of the flow with this primary key; an unknown key is returned unchanged. */
  readonly slugOf: (pk: unknown) => Promise<unknown>;
}

/** Creates a lookup with an empty cache, for one run. `attempts` keeps the failures of parts of the flow for second factors. */
export function createFlowLookup(work: IdentityWork, attempts: Attempts): FlowLookup {
  const { api } = work;
  let slugs: Promise<readonly { readonly pk: string; readonly slug: string }[]> | undefined;
  const known = new Map<string, Promise<string>>();
  const once = (key: string, find: () => Promise<string>) => {
    const found = known.get(key) ?? find();
    known.set(key, found);
    return found;
  };
  const bySlug = (slug: string) => once(slug, () => existing(api, slug));
  return {
    plain: () => bySlug(IMPLICIT_CONSENT),
    invalidation: () => bySlug(INVALIDATION),
    authentication: bySlug,
    mfa: () => once('mfa', () => provideMfaFlow(work, attempts)),
    async slugOf(pk) {
      slugs ??= everyResult('list flows', (page) => api.flows.flowsInstancesList({ page, pageSize: PAGE_SIZE }));
      return (await slugs).find((flow) => flow.pk === pk)?.slug ?? pk;
    },
  };
}

async function existing(api: AuthentikApi, slug: string): Promise<string> {
  const flow = await findFlow(api, slug);
  if (flow) return flow.pk;
  throw new Failure('unavailable', `authentik has no flow ${slug}`, {
    system: 'authentik',
    hint: 'authentik creates its default flows within minutes of its first start: try again. If they were deleted, apply its default blueprints in the admin interface (Customization > Blueprints).',
  });
}
