import { PolicyEngineMode, ProxyMode, type ProxyProvider } from './generated-client.js';
import type { ProtectedHost } from '../../domain/identity/document.js';
import { finishApplication, provideApplication, withdrawApplication } from './applications.js';
import { provideBindings } from './bindings.js';
import type { FlowLookup } from './flow-lookup.js';
import type { ProviderRef } from './lookup.js';
import { differencesIn, driftedFields, foreignObject, missingObject, pickFields, objectPath } from './object-paths.js';
import type { RuleSubjects, IdentityWork } from './rules.js';

/** Dependencies for work on hosts. */
export interface HostWork extends IdentityWork {
  readonly flows: FlowLookup;
  /** URL of a host, as browsers see it. */
  externalUrl(host: string): string;
}

/**
 * Creates or repairs the provider, the application and the bindings of a host, and returns the provider for the outpost.
 * A new application gets its provider after its bindings, since the outpost would serve it without sign-in otherwise.
 * Idempotent.
 */
export async function provideHost(work: HostWork, host: ProtectedHost, rule: RuleSubjects): Promise<ProviderRef> {
  const provider = await provideProvider(work, host);
  const policyEngineMode = rule.mode === 'any' ? PolicyEngineMode.Any : PolicyEngineMode.All;
  const wanted = { host: host.host, provider, policyEngineMode };
  const application = await provideApplication(work, wanted);
  await provideBindings(work, application, rule);
  await finishApplication(work, application, wanted);
  return provider;
}

/** Deletes the application and the provider of a host. The outpost must have stopped serving it before. Idempotent. */
export async function withdrawHost(work: IdentityWork, host: string): Promise<void> {
  const { api, names, lookup, writer } = work;
  const provider = await lookup.provider(names.host(host));
  await withdrawApplication(work, host, provider);
  if (!provider) return;
  const repairs = () => foreignObject(objectPath('providers', provider.name), { externalHost: provider.externalHost });
  await writer.write({ what: `delete provider ${provider.name}`, repairs, answer: undefined }, () =>
    api.providers.providersProxyDestroy({ id: provider.pk }),
  );
}

async function provideProvider(work: HostWork, { host, requireMFA, flow }: ProtectedHost): Promise<ProviderRef> {
  const { api, names, lookup, writer, flows, ignored } = work;
  const name = names.host(host);
  const path = objectPath('providers', name);
  const wanted = {
    mode: ProxyMode.ForwardSingle,
    externalHost: work.externalUrl(host),
    authorizationFlow: await (requireMFA ? flows.mfa() : flows.plain()),
    invalidationFlow: await flows.invalidation(),
    authenticationFlow: flow === null ? null : await flows.authentication(flow),
    skipPathRegex: '',
  };
  const found = await lookup.provider(name);
  if (!found) {
    const repairs = async () => missingObject(path, await withSlugs(flows, wanted));
    const answer: ProviderRef = { pk: -1, name, assignedApplicationSlug: null };
    return writer.write<ProviderRef>({ what: `create provider ${name}`, repairs, answer }, () =>
      api.providers.providersProxyCreate({ proxyProviderRequest: { name, ...wanted } }),
    );
  }
  const fields = driftedFields({ path, ignored }, wanted, found);
  if (fields.length > 0) {
    // authentik refuses a change without the mode.
    const patch = { id: found.pk, patchedProxyProviderRequest: { mode: wanted.mode, ...pickFields(fields, wanted) } };
    const repairs = async () =>
      differencesIn(path, fields, { wanted: await withSlugs(flows, wanted), found: await withSlugs(flows, found) });
    await writer.write<unknown>({ what: `change provider ${name}`, repairs, answer: found }, () =>
      api.providers.providersProxyPartialUpdate(patch),
    );
  }
  return found;
}

type FlowsOfProvider = Pick<ProxyProvider, 'authorizationFlow' | 'invalidationFlow' | 'authenticationFlow'>;

/** Replaces the keys of a provider's flows by their slugs, which people can read. */
async function withSlugs<T extends FlowsOfProvider>({ slugOf }: FlowLookup, provider: T): Promise<T> {
  const [authorizationFlow, invalidationFlow, authenticationFlow] = await Promise.all(
    [provider.authorizationFlow, provider.invalidationFlow, provider.authenticationFlow].map(slugOf),
  );
  return { ...provider, authorizationFlow, invalidationFlow, authenticationFlow };
}
