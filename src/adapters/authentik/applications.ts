import { PolicyEngineMode, type Application, type PatchedApplicationRequest } from './client/generated-client.js';
import { lookupOnDemand, type ProviderRef } from './lookup.js';
import {
  differencesIn,
  driftedFields,
  foreignObject,
  missingObject,
  pickFields,
  objectPath,
} from './client/object-paths.js';
import type { BindingTarget } from './bindings.js';
import type { IdentityWork } from './rules.js';

/** Identifies Hecate's application even when its name and slug were changed by hand. */
const DESCRIPTION = 'Made by Hecate; changes here are drift.';

/** The desired application of a host. */
interface Wanted {
  readonly host: string;
  readonly provider: ProviderRef;
  readonly policyEngineMode: PolicyEngineMode;
}

/**
 * Finds or creates the application of a host, with the stricter engine mode and, when new, without its provider;
 * {@link finishApplication} sets both after the bindings exist. Restores a slug that was changed by hand. Idempotent.
 */
export async function provideApplication(
  work: IdentityWork,
  { host, provider, policyEngineMode }: Wanted,
): Promise<Application> {
  const { api, names, lookup, writer } = work;
  const slug = names.slug(host);
  const found = (await lookup.application(slug)) ?? (await renamed(work, host, provider));
  if (!found) {
    const wanted = { name: names.host(host), metaDescription: DESCRIPTION };
    const repairs = () =>
      missingObject(objectPath('applications', slug), { slug, ...wanted, provider: provider.name, policyEngineMode });
    const answer = { ...wanted, pk: '', slug, provider: null, policyEngineMode } as unknown as Application;
    const applicationRequest = { ...wanted, slug, policyEngineMode: PolicyEngineMode.All };
    return writer.write({ what: `create application ${slug}`, repairs, answer }, () =>
      api.core.coreApplicationsCreate({ applicationRequest }),
    );
  }
  // Set the stricter mode now; the looser one only after all bindings exist.
  const isLoose = policyEngineMode === PolicyEngineMode.All && found.policyEngineMode !== PolicyEngineMode.All;
  const wanted = { slug, ...(isLoose ? { policyEngineMode } : {}) };
  return patched(work, found, wanted);
}

/** Sets the remaining fields of an application: name, description, launch URL, provider and engine mode. Idempotent. */
export async function finishApplication(
  work: IdentityWork,
  application: Application,
  { host, provider, policyEngineMode }: Wanted,
): Promise<void> {
  const name = work.names.host(host);
  const wanted = { name, metaDescription: DESCRIPTION, metaLaunchUrl: '', provider: provider.pk, policyEngineMode };
  await patched(work, application, wanted, provider);
}

/** The application as a target of bindings. */
export function bindingTarget({ pk, slug }: Application): BindingTarget {
  const pathOf = (subject: string) => objectPath('applications', slug, 'bindings', subject);
  const keys = pk === '' ? null : { filter: pk, shown: pk };
  return { keys, name: `application ${slug}`, pathOf };
}

/**
 * Takes the provider of a host out of an application that is not Hecate's: the outpost would decide by the bindings of that
 * one, and authentik allows a provider in one application only. Idempotent.
 */
export async function takeBack(work: IdentityWork, host: string, provider: ProviderRef): Promise<void> {
  const { api, names, lookup, writer } = work;
  const slug = provider.assignedApplicationSlug;
  if (!slug || slug === names.slug(host)) return;
  const own = (await lookup.application(names.slug(host))) ?? (await renamed(work, host, provider));
  if (own?.slug === slug) return;
  // Read again: another host's repair may have taken it out meanwhile.
  const holder = await lookupOnDemand(api).application(slug);
  if (holder?.provider !== provider.pk) return;
  const path = `${objectPath('providers', provider.name)}/application`;
  const repairs = () => [{ path, wanted: names.slug(host), found: slug }];
  await writer.write<unknown>({ what: `take provider ${provider.name} out of ${slug}`, repairs, answer: null }, () =>
    api.core.coreApplicationsPartialUpdate({ slug, patchedApplicationRequest: { provider: null } }),
  );
}

/** Deletes the application of a host, also when its slug was changed by hand. Does nothing when there is none. */
export async function withdrawApplication(
  work: IdentityWork,
  host: string,
  provider: ProviderRef | null,
): Promise<void> {
  const { api, names, lookup, writer } = work;
  const found = (await lookup.application(names.slug(host))) ?? (await renamed(work, host, provider));
  if (!found) return;
  const { slug, name } = found;
  const repairs = () => foreignObject(objectPath('applications', slug), { slug, name });
  await writer.remove({ what: `delete application ${slug}`, repairs }, () =>
    api.core.coreApplicationsDestroy({ slug }),
  );
}

/** Finds Hecate's application of a host under another slug, by its provider. */
async function renamed(
  { names, lookup }: IdentityWork,
  host: string,
  provider: ProviderRef | null,
): Promise<Application | null> {
  const slug = provider?.assignedApplicationSlug;
  if (!slug || names.hostOfSlug(slug) !== null) return null;
  const found = await lookup.application(slug);
  const isOurs = found?.name === names.host(host) || found?.metaDescription === DESCRIPTION;
  return isOurs ? found : null;
}

async function patched(
  { api, writer, ignored }: IdentityWork,
  found: Application,
  wanted: Partial<PatchedApplicationRequest>,
  provider?: ProviderRef,
): Promise<Application> {
  const path = objectPath('applications', wanted.slug ?? found.slug);
  const fields = driftedFields({ path, ignored }, wanted, found);
  if (fields.length === 0) return found;
  const repairs = () => {
    const now = { ...found, provider: (found.providerObj as { name?: string } | null)?.name ?? null };
    return differencesIn(path, fields, { wanted: { ...wanted, provider: provider?.name }, found: now });
  };
  const answer = { ...found, ...pickFields(fields, wanted) };
  return writer.write({ what: `change application ${found.slug}`, repairs, answer }, () =>
    api.core.coreApplicationsPartialUpdate({ slug: found.slug, patchedApplicationRequest: pickFields(fields, wanted) }),
  );
}
