import type { Application, ExpressionPolicy, PolicyBinding, ProxyProvider } from './client/generated-client.js';
import { orFailure, orNullIfMissing } from './client/api-client.js';
import type { AuthentikApi } from './client/calls.js';
import { everyResult, PAGE_SIZE } from './client/pages.js';
import type { Names } from './names.js';
import { ownAccount } from './own-account.js';

/** The fields of a provider that bindings, applications and the outpost need. */
export type ProviderRef = Pick<ProxyProvider, 'pk' | 'name' | 'assignedApplicationSlug'>;

/** Keys of an object with bindings. authentik filters bindings by the one, and shows the other; most objects have one key. */
export interface TargetKeys {
  readonly filter: string;
  readonly shown: string;
}

/** Finds Hecate's objects in authentik by exact name; null when there is none. */
export interface Lookup {
  provider(name: string): Promise<ProxyProvider | null>;
  application(slug: string): Promise<Application | null>;
  expression(name: string): Promise<ExpressionPolicy | null>;
  bindings(target: TargetKeys): Promise<readonly PolicyBinding[]>;
}

/** Creates a lookup that fetches each object when it is needed; for work on few objects. */
export function lookupOnDemand({ core, policies, providers }: AuthentikApi): Lookup {
  return {
    async provider(name) {
      const list = await everyResult('find a provider', (page) =>
        providers.providersProxyList({ nameIexact: name, page }),
      );
      return list.find((provider) => provider.name === name) ?? null;
    },
    application: (slug) => orNullIfMissing('find an application', core.coreApplicationsRetrieve({ slug })),
    async expression(name) {
      const list = await everyResult('find a policy', (page) => policies.policiesExpressionList({ name, page }));
      return list.find((policy) => policy.name === name) ?? null;
    },
    async bindings({ filter, shown }) {
      const list = (page: number) => policies.policiesBindingsList({ target: filter, page, pageSize: PAGE_SIZE });
      return (await everyResult('list bindings', list)).filter(({ target }) => target === filter || target === shown);
    },
  };
}

/** Hosts from which on fetching whole lists costs fewer calls than fetching each object. */
const MANY_HOSTS = 8;

/** Returns the lookup for work on these hosts: on demand for a few, else over whole lists of providers and bindings. */
export async function lookupFor(api: AuthentikApi, hosts: readonly string[]): Promise<Lookup> {
  const onDemand = lookupOnDemand(api);
  if (hosts.length <= MANY_HOSTS) return onDemand;
  const [providers, bindings] = await Promise.all([everyProvider(api), everyBinding(api)]);
  const providerOf = new Map(providers.map((provider) => [provider.name, provider]));
  const bindingsOf = byTarget(bindings);
  return {
    ...onDemand,
    provider: async (name) => providerOf.get(name) ?? null,
    bindings: async (keys) => ofTarget(bindingsOf, keys),
  };
}

/** Fetches all objects, 100 in each call. Returns a lookup over them, with the hosts and rules that Hecate has in authentik. */
export async function preloadLookup(api: AuthentikApi, names: Names) {
  const { policies } = api;
  const pageSize = PAGE_SIZE;
  const [allProviders, allApplications, allExpressions, allBindings] = await Promise.all([
    everyProvider(api),
    everyApplication(api),
    everyResult('list policies', (page) => policies.policiesExpressionList({ page, pageSize })),
    everyBinding(api),
  ]);
  const bindings = byTarget(allBindings);
  const providerOf = new Map(allProviders.map((provider) => [provider.name, provider]));
  const applicationOf = new Map(allApplications.map((application) => [application.slug, application]));
  const expressionOf = new Map(allExpressions.map((policy) => [policy.name, policy]));
  const lookup: Lookup = {
    provider: async (name) => providerOf.get(name) ?? null,
    application: async (slug) => applicationOf.get(slug) ?? lookupOnDemand(api).application(slug),
    expression: async (name) => expressionOf.get(name) ?? null,
    bindings: async (keys) => ofTarget(bindings, keys),
  };
  const hosts = allProviders.flatMap((provider) => names.hostOf(provider.name) ?? []);
  // Check name and slug, since either may have been changed by hand.
  const named = allApplications.flatMap(({ name, slug }) => names.hostOfSlug(slug) ?? names.hostOf(name) ?? []);
  const rules = allExpressions.flatMap((policy) => names.ruleOf(policy.name) ?? []);
  return { lookup, hosts: [...new Set([...hosts, ...named])], rules: [...new Set(rules)] };
}

/**
 * Fetches all applications for a superuser. For others the list has only those that they may open, and authentik evaluates
 * every policy for it; then it is empty here, and an application is fetched when it is needed.
 */
async function everyApplication(api: AuthentikApi): Promise<Application[]> {
  const { is_superuser: isSuperuser } = await ownAccount(api);
  if (!isSuperuser) return [];
  const list = (page: number) => api.core.coreApplicationsList({ page, pageSize: PAGE_SIZE, superuserFullList: true });
  return everyResult('list applications', list);
}

function everyProvider({ providers }: AuthentikApi) {
  return everyResult('list providers', (page) => providers.providersProxyList({ page, pageSize: PAGE_SIZE }));
}

/** Fetches the bindings of all targets. */
export function everyBinding({ policies }: AuthentikApi): Promise<PolicyBinding[]> {
  // Ordered by key: in the default order, by target and number, equal ones may be on two pages or on none.
  return everyResult('list bindings', (page) =>
    policies.policiesBindingsList({ page, pageSize: PAGE_SIZE, ordering: 'pk' }),
  );
}

function byTarget(all: readonly PolicyBinding[]): ReadonlyMap<string, readonly PolicyBinding[]> {
  const found = new Map<string, PolicyBinding[]>();
  for (const one of all) found.set(one.target, [...(found.get(one.target) ?? []), one]);
  return found;
}

/** The bindings of a target, whichever of its keys they name. */
function ofTarget(bindings: ReadonlyMap<string, readonly PolicyBinding[]>, { filter, shown }: TargetKeys) {
  return [...new Set([shown, filter])].flatMap((key) => bindings.get(key) ?? []);
}

/** The flow with exactly this slug; null when there is none. */
export async function findFlow({ flows }: AuthentikApi, slug: string) {
  const found = await orFailure('find a flow', flows.flowsInstancesList({ slug }));
  return found.results.find((flow) => flow.slug === slug) ?? null;
}
