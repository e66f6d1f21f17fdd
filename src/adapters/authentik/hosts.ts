import { PolicyEngineMode, ProxyMode, type Application, type ProxyProvider } from './generated-client.js';
import type { ProtectedHost } from '../../domain/compile-identity.js';
import { provideBindings } from './bindings.js';
import type { Flows } from './flows.js';
import type { RuleSubjects, Work } from './rules.js';

/** What making hosts takes besides. */
export interface HostWork extends Work {
  readonly flows: Flows;
  /** The URL by which browsers reach a host. */
  externalUrl(host: string): string;
}

/**
 * Makes the provider and the application of a host, bound as the rule says. The application gets its provider only when
 * it is bound, since the outpost would serve it open otherwise. Answers the provider, which the outpost must know.
 */
export async function provideHost(work: HostWork, host: ProtectedHost, rule: RuleSubjects): Promise<number> {
  const provider = await provideProvider(work, host);
  const application = await provideApplication(work, host.host, rule.mode);
  await provideBindings(work, application, rule);
  await finishApplication(work, application, provider, rule.mode);
  return provider;
}

/** Removes the application and the provider of a host; the outpost must have forgotten it before. */
export async function withdrawHost({ api, names, lookup, writer }: Work, host: string): Promise<void> {
  const slug = names.slug(host);
  if (await lookup.application(slug)) {
    await writer.write(`delete application ${slug}`, () => api.core.coreApplicationsDestroy({ slug }));
  }
  const provider = await lookup.provider(names.host(host));
  if (!provider) return;
  await writer.write(`delete provider ${provider.name}`, () =>
    api.providers.providersProxyDestroy({ id: provider.pk }),
  );
}

async function provideProvider(work: HostWork, host: ProtectedHost): Promise<number> {
  const { api, names, lookup, writer, flows } = work;
  const name = names.host(host.host);
  const wanted = {
    name,
    mode: ProxyMode.ForwardSingle,
    externalHost: work.externalUrl(host.host),
    authorizationFlow: await (host.requiresMfa ? flows.mfa() : flows.plain()),
    invalidationFlow: await flows.invalidation(),
    authenticationFlow: host.flow === null ? null : await flows.authentication(host.flow),
  };
  const found = await lookup.provider(name);
  if (!found) {
    const made = await writer.write(`create provider ${name}`, () =>
      api.providers.providersProxyCreate({ proxyProviderRequest: wanted }),
    );
    return made.pk;
  }
  const differs = (Object.keys(wanted) as (keyof typeof wanted)[]).some(
    (field) => (found[field as keyof ProxyProvider] ?? null) !== wanted[field],
  );
  // authentik takes a change only with the mode in it.
  if (differs || (found.skipPathRegex ?? '') !== '') {
    const patch = { id: found.pk, patchedProxyProviderRequest: { ...wanted, skipPathRegex: '' } };
    await writer.write(`change provider ${name}`, () => api.providers.providersProxyPartialUpdate(patch));
  }
  return found.pk;
}

async function provideApplication(work: Work, host: string, mode: RuleSubjects['mode']): Promise<Application> {
  const { api, names, lookup, writer } = work;
  const slug = names.slug(host);
  const found = await lookup.application(slug);
  if (!found) {
    const applicationRequest = {
      name: names.host(host),
      slug,
      policyEngineMode: PolicyEngineMode.All,
      metaDescription: 'Made by Hecate; changes here are drift.',
    };
    return writer.write(`create application ${slug}`, () => api.core.coreApplicationsCreate({ applicationRequest }));
  }
  if (mode === 'any' || found.policyEngineMode === PolicyEngineMode.All) return found;
  // The stricter way first; the looser one only when every binding is in place.
  return patchApplication(work, slug, { policyEngineMode: PolicyEngineMode.All });
}

async function finishApplication(
  work: Work,
  application: Application,
  provider: number,
  mode: RuleSubjects['mode'],
): Promise<void> {
  const policyEngineMode = mode === 'any' ? PolicyEngineMode.Any : PolicyEngineMode.All;
  if (application.provider === provider && application.policyEngineMode === policyEngineMode) return;
  await patchApplication(work, application.slug, { provider, policyEngineMode });
}

function patchApplication(
  { api, writer }: Work,
  slug: string,
  patchedApplicationRequest: { provider?: number; policyEngineMode: PolicyEngineMode },
): Promise<Application> {
  return writer.write(`change application ${slug}`, () =>
    api.core.coreApplicationsPartialUpdate({ slug, patchedApplicationRequest }),
  );
}
