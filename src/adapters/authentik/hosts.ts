import { PolicyEngineMode, ProxyMode } from './client/generated-client.js';
import type { ProtectedHost } from '../../domain/identity/document.js';
import { bindingTarget, finishApplication, provideApplication, takeBack, withdrawApplication } from './applications.js';
import { createAttempts, type Attempts } from './client/attempts.js';
import { provideBindings } from './bindings.js';
import type { FlowLookup } from './flow-lookup.js';
import type { ProviderRef } from './lookup.js';
import {
  differencesIn,
  driftedFields,
  foreignObject,
  missingObject,
  pickFields,
  objectPath,
} from './client/object-paths.js';
import type { RuleSubjects, IdentityWork } from './rules.js';

/** Dependencies for work on hosts. */
export interface HostWork extends IdentityWork {
  readonly flows: FlowLookup;
  /** URL of a host, as browsers see it. */
  externalUrl(host: string): string;
}

/**
 * Creates or repairs the provider, the application and the bindings of a host, and returns the provider for the outpost.
 * Each part is tried, also after another failed. An application gets its provider and the looser engine mode after its
 * bindings, since the outpost would serve it without sign-in otherwise. Throws the failures as one. Idempotent.
 */
export async function provideHost(work: HostWork, host: ProtectedHost, rule: RuleSubjects): Promise<ProviderRef> {
  const attempts = createAttempts();
  const provider = await provideProvider(work, host, attempts);
  if (provider) {
    const policyEngineMode = rule.mode === 'any' ? PolicyEngineMode.Any : PolicyEngineMode.All;
    const wanted = { host: host.host, provider, policyEngineMode };
    await attempts.run(() => takeBack(work, host.host, provider));
    const application = await attempts.run(() => provideApplication(work, wanted));
    if (application) {
      const before = attempts.failures();
      await attempts.run(() => provideBindings(work, bindingTarget(application), rule));
      const areBindingsRight = attempts.failures() === before;
      // An application that has its provider keeps it, and its other fields are repaired all the same.
      if (areBindingsRight || application.provider === provider.pk) {
        const isSafe = areBindingsRight || policyEngineMode === PolicyEngineMode.All;
        const mode = isSafe ? policyEngineMode : (application.policyEngineMode ?? PolicyEngineMode.All);
        await attempts.run(() => finishApplication(work, application, { ...wanted, policyEngineMode: mode }));
      }
    }
  }
  attempts.end();
  return provider as ProviderRef;
}

/** Deletes the application and the provider of a host. The outpost must have stopped serving it before. Idempotent. */
export async function withdrawHost(work: IdentityWork, host: string): Promise<void> {
  const { api, names, lookup, writer } = work;
  const provider = await lookup.provider(names.host(host));
  await withdrawApplication(work, host, provider);
  if (!provider) return;
  const repairs = () => foreignObject(objectPath('providers', provider.name), { externalHost: provider.externalHost });
  await writer.remove({ what: `delete provider ${provider.name}`, repairs }, () =>
    api.providers.providersProxyDestroy({ id: provider.pk }),
  );
}

/** Fields of a provider that are alike for all hosts: authentik's defaults, each of which can weaken or break sign-in. */
const SETTINGS = {
  skipPathRegex: '',
  cookieDomain: '',
  interceptHeaderAuth: true,
  basicAuthEnabled: false,
  jwtFederationSources: [] as string[],
  jwtFederationProviders: [] as number[],
  accessTokenValidity: 'hours=1',
};

/** Returns the provider of a host; null: it could not be read or made. A provider that could not be changed is returned. */
async function provideProvider(
  work: HostWork,
  { host, requireMFA, flow }: ProtectedHost,
  attempts: Attempts,
): Promise<ProviderRef | null> {
  const { api, names, lookup, writer, flows, ignored } = work;
  const name = names.host(host);
  const path = objectPath('providers', name);
  const found = await attempts.run(() => lookup.provider(name));
  if (found === undefined) return null;
  const flowsOf = async () => ({
    authorizationFlow: await (requireMFA ? flows.mfa() : flows.plain()),
    invalidationFlow: await flows.invalidation(),
    authenticationFlow: flow === null ? null : await flows.authentication(flow),
  });
  const keys = await attempts.run(flowsOf);
  if (!found && !keys) return null;
  const address = { mode: ProxyMode.ForwardSingle, externalHost: work.externalUrl(host) };
  if (!found) {
    const wanted = { ...address, ...(keys as FlowKeys), ...SETTINGS };
    const repairs = async () => missingObject(path, await withSlugs(flows, wanted));
    const answer: ProviderRef = { pk: -1, name, assignedApplicationSlug: null };
    const create = () =>
      writer.write<ProviderRef>({ what: `create provider ${name}`, repairs, answer }, () =>
        api.providers.providersProxyCreate({ proxyProviderRequest: { name, ...wanted } }),
      );
    return (await attempts.run(create)) ?? null;
  }
  const wanted = { ...address, ...keys, ...SETTINGS };
  const fields = driftedFields({ path, ignored }, wanted, found);
  if (fields.length > 0) {
    // authentik refuses a change without the mode.
    const patch = { id: found.pk, patchedProxyProviderRequest: { mode: wanted.mode, ...pickFields(fields, wanted) } };
    const repairs = async () =>
      differencesIn(path, fields, { wanted: await withSlugs(flows, wanted), found: await withSlugs(flows, found) });
    const change = () =>
      writer.write<unknown>({ what: `change provider ${name}`, repairs, answer: found }, () =>
        api.providers.providersProxyPartialUpdate(patch),
      );
    await attempts.run(change);
  }
  return found;
}

interface FlowKeys {
  readonly authorizationFlow: string;
  readonly invalidationFlow: string;
  readonly authenticationFlow: string | null;
}

/** Replaces the keys of a provider's flows by their slugs, which people can read. */
async function withSlugs<T extends object>({ slugOf }: FlowLookup, provider: T): Promise<T> {
  const flows = Object.entries(provider).filter(([field]) => FLOW_FIELDS.includes(field));
  const slugs = await Promise.all(flows.map(async ([field, pk]) => [field, await slugOf(pk)] as const));
  return { ...provider, ...Object.fromEntries(slugs) };
}

const FLOW_FIELDS = ['authorizationFlow', 'invalidationFlow', 'authenticationFlow'];
