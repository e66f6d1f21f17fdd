import { Failure } from '../../ports/failure.js';
import type { AuthentikApi } from './api-client.js';
import { findFlow } from './lookup.js';
import { provideMfaFlow } from './mfa-flow.js';
import { everyResult, PAGE_SIZE } from './pages.js';
import type { Names } from './names.js';
import type { Writer } from './writer.js';

const IMPLICIT_CONSENT = 'default-provider-authorization-implicit-consent';
const INVALIDATION = 'default-provider-invalidation-flow';

interface FlowWork {
  readonly api: AuthentikApi;
  readonly names: Names;
  readonly writer: Writer;
  /** Places that are left to others. */
  readonly ignored: readonly string[];
}

/** Finds flows by slug, each asked for once, and makes the one that asks for a second factor. */
export interface FlowLookup {
  /** Primary key; throws `unavailable` while authentik has not made its default flows yet. */
  readonly plain: () => Promise<string>;
  readonly invalidation: () => Promise<string>;
  readonly authentication: (slug: string) => Promise<string>;
  readonly mfa: () => Promise<string>;
  /** What people call the flow with this primary key. */
  readonly slugOf: (pk: unknown) => Promise<unknown>;
}

export function createFlowLookup({ api, names, writer, ignored }: FlowWork): FlowLookup {
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
    mfa: () => once('mfa', () => provideMfaFlow({ api, writer, ignored }, names.mfaFlow)),
    async slugOf(pk) {
      slugs ??= everyResult('list flows', (page) => api.flows.flowsInstancesList({ page, pageSize: PAGE_SIZE }));
      return (await slugs).find((flow) => flow.pk === pk)?.slug ?? pk;
    },
  };
}

async function existing(api: AuthentikApi, slug: string): Promise<string> {
  const flow = await findFlow(api, slug);
  if (flow) return flow.pk;
  throw new Failure('unavailable', `authentik has no flow ${slug} (yet)`, {
    system: 'authentik',
    hint: 'authentik makes its default flows after its start; if they were deleted, apply its default blueprints again.',
  });
}
