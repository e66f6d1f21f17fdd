import { badRequest, notFound, ok, Refused, type Call, type ApiRoute } from '../rest/exchange.js';
import { bindingNames } from './bindings.js';
import {
  bool,
  choice,
  filled,
  listField,
  nullable,
  optionalUrl,
  reference,
  required,
  slug,
  textField,
} from '../rest/fields.js';
import { byField, pageOf } from '../rest/list-page.js';
import type { PolicyEngine } from '../policy/policy-engine.js';
import { briefProvider } from './providers.js';
import { resourceRoutes, type ApiResource } from '../rest/resource.js';
import { isSuperuser } from '../store/rights.js';
import type { Application } from '../store/state.js';
import { uuid, type Store } from '../store/store.js';

type Deps = { store: Store; engine: PolicyEngine };

/** Routes of `/core/applications/`. The bindings decide who may open one; without bindings, everybody may. */
export function applicationRoutes({ store, engine }: Deps): readonly ApiRoute[] {
  const resource = applicationResource(store);
  return [
    {
      method: 'GET',
      path: '/core/applications/:key/check_access/',
      right: null,
      handle: async (call) => ok(await access({ store, engine }, call)),
    },
    {
      method: 'GET',
      path: '/core/applications/',
      right: null,
      handle: (call) => list({ store, engine }, resource, call),
    },
    ...resourceRoutes(store, resource),
  ];
}

const applicationResource = (store: Store): ApiResource<'applications'> => ({
  path: '/core/applications/',
  kind: 'applications',
  model: 'Application',
  rights: ['authentik_core', 'application'],
  verbs: ['create', 'read', 'write', 'remove', 'used_by'],
  key: 'slug',
  fields: {
    name: required(filled),
    slug: required(slug('“slug”')),
    provider: nullable(reference('providers')),
    backchannel_providers: listField(reference('providers')),
    open_in_new_tab: bool,
    meta_launch_url: optionalUrl,
    meta_icon: textField,
    meta_description: textField,
    meta_publisher: textField,
    policy_engine_mode: choice('any', 'all'),
    group: textField,
  },
  filters: byField<Application>('name', 'slug', 'group', 'meta_launch_url', 'meta_description', 'meta_publisher'),
  check: (values, row) => {
    const others = store.state.applications.filter((other) => other !== row);
    if (others.some((other) => other.slug === values['slug'])) {
      badRequest('slug', 'Application with this slug already exists.');
    }
    if (values['provider'] != null && others.some((other) => other.provider === values['provider'])) {
      badRequest('provider', 'Application with this provider already exists.');
    }
  },
  create: (values) => ({ ...blank(), ...values }),
  remove: ({ pk }) => store.remove('bindings', ({ target }) => target === pk),
  present: (row) => present(store, row),
  usedBy: ({ pk }) => bindingNames(store, ({ target }) => target === pk),
});

const blank = (): Application => ({
  pk: uuid(),
  name: '',
  slug: '',
  provider: null,
  backchannel_providers: [],
  open_in_new_tab: false,
  meta_launch_url: '',
  meta_icon: '',
  meta_description: '',
  meta_publisher: '',
  policy_engine_mode: 'any',
  group: '',
});

function present(store: Store, row: Application) {
  const provider = row.provider === null ? undefined : store.find('providers', row.provider);
  return {
    ...row,
    provider_obj: provider ? briefProvider(store, provider) : null,
    backchannel_providers_obj: row.backchannel_providers.flatMap((pk) => {
      const found = store.find('providers', pk);
      return found ? [briefProvider(store, found)] : [];
    }),
    launch_url: row.meta_launch_url || provider?.external_host || null,
    meta_icon_url: null,
    meta_icon_themed_urls: null,
  };
}

/** Lists all applications for a superuser who asks for them, else those that the caller may open. `count` counts all, as in authentik. */
async function list({ store, engine }: Deps, resource: ApiResource<'applications'>, call: Call) {
  const sorted = [...store.state.applications].sort((a, b) => a.name.localeCompare(b.name));
  const page = pageOf(sorted, call.query, { filters: resource.filters ?? {} });
  const isAdmin = call.query.get('superuser_full_list') === 'true' && isSuperuser(store.state, call.user);
  const passes = await Promise.all(
    page.rows.map(async (row) => isAdmin || (await engine.evaluate(row, call.user)).passing),
  );
  const results = page.rows.filter((_row, index) => passes[index]).map((row) => present(store, row));
  return ok({ pagination: page.pagination, results, autocomplete: page.autocomplete });
}

/** Checks access for the caller, or for `for_user` when the caller is a superuser. */
async function access({ store, engine }: Deps, { params, query, user }: Call) {
  const application = store.state.applications.find((other) => other.slug === params['key']);
  if (!application) return notFound('Application');
  const asked = isSuperuser(store.state, user) ? query.get('for_user') : null;
  const subject = asked === null ? user : store.find('users', Number(asked));
  if (!subject) throw new Refused(400, { for_user: 'User not found' });
  const { passing, messages } = await engine.evaluate(application, subject);
  return { passing, messages, log_messages: [] };
}
