import { badRequest, ok, type ApiRoute } from '../rest/exchange.js';
import {
  bool,
  choice,
  duration,
  filled,
  listField,
  nullable,
  reference,
  required,
  textField,
  url,
} from '../rest/fields.js';
import { byField, pageOf } from '../rest/list-page.js';
import { resourceRoutes, type ApiResource } from '../rest/resource.js';
import { type Fields, type ProviderRecord, callbackOf } from '../store/state.js';
import { randomKey, type Store } from '../store/store.js';

/** Routes of `/providers/proxy/` and of `/providers/all/`; all providers of the stand-in are proxies. */
export function providerRoutes(store: Store): readonly ApiRoute[] {
  return [
    {
      method: 'GET',
      path: '/providers/all/',
      right: 'authentik_core.view_provider',
      handle: ({ query }) => {
        const page = pageOf(store.state.providers, query, { filters: byField<ProviderRecord>('name') });
        const results = page.rows.map((row) => briefProvider(store, row));
        return ok({ pagination: page.pagination, results, autocomplete: {} });
      },
    },
    ...resourceRoutes(store, providerResource(store)),
  ];
}

const providerResource = (store: Store): ApiResource<'providers'> => ({
  path: '/providers/proxy/',
  kind: 'providers',
  model: 'ProxyProvider',
  ordering: 'name',
  rights: ['authentik_providers_proxy', 'proxyprovider'],
  fields: {
    name: required(filled),
    authentication_flow: nullable(reference('flows')),
    authorization_flow: required(reference('flows')),
    invalidation_flow: required(reference('flows')),
    property_mappings: listField(reference('mappings')),
    internal_host: textField,
    external_host: required(url),
    internal_host_ssl_validation: bool,
    certificate: nullable(textField),
    skip_path_regex: textField,
    basic_auth_enabled: bool,
    basic_auth_password_attribute: textField,
    basic_auth_user_attribute: textField,
    mode: choice('proxy', 'forward_single', 'forward_domain'),
    intercept_header_auth: bool,
    cookie_domain: textField,
    jwt_federation_sources: listField(textField),
    jwt_federation_providers: listField(reference('providers')),
    access_token_validity: duration,
    refresh_token_validity: duration,
  },
  filters: byField<ProviderRecord>(
    'name',
    'external_host',
    'internal_host',
    'mode',
    'cookie_domain',
    'skip_path_regex',
  ),
  check: (values, row) => checkProvider(store, values, row),
  create: (values) => ({ ...blank(store), ...values }),
  remove: ({ pk }) => forgetProvider(store, pk),
  present: (row) => showProvider(store, row),
  usedBy: (row) =>
    mappingsOf(store, row).map(({ pk, name }) => ({
      app: 'authentik_core',
      model_name: 'propertymapping',
      pk,
      name: `Property Mapping ${name}`,
      action: 'cascade_many',
    })),
});

/** Removes what refers to a provider. Its application stays, without a provider. */
export function forgetProvider(store: Store, pk: number): void {
  for (const row of store.state.applications) {
    if (row.provider === pk) store.change('applications', row, { provider: null });
  }
  for (const row of store.state.outposts) {
    store.change('outposts', row, { providers: row.providers.filter((other) => other !== pk) });
  }
  store.remove('outpostSessions', (session) => session.provider === pk);
}

/** Checks a body. Without `mode` it counts as mode `proxy`, in a PATCH too, as in authentik. */
function checkProvider(store: Store, values: Fields, row: ProviderRecord | null): void {
  if (store.state.providers.some((other) => other !== row && other.name === values['name'])) {
    badRequest('name', 'provider with this name already exists.');
  }
  if ((values['mode'] ?? 'proxy') === 'proxy' && !values['internal_host']) {
    badRequest('internal_host', 'Internal host cannot be empty when forward auth is disabled.');
  }
}

const blank = (store: Store): ProviderRecord => ({
  pk: store.number('provider'),
  name: '',
  authentication_flow: null,
  authorization_flow: '',
  invalidation_flow: '',
  property_mappings: store.state.mappings.map(({ pk }) => pk),
  client_id: randomKey(40),
  client_secret: randomKey(128),
  internal_host: '',
  external_host: '',
  internal_host_ssl_validation: true,
  certificate: null,
  skip_path_regex: '',
  basic_auth_enabled: false,
  basic_auth_password_attribute: '',
  basic_auth_user_attribute: '',
  mode: 'proxy',
  intercept_header_auth: true,
  cookie_domain: '',
  jwt_federation_sources: [],
  jwt_federation_providers: [],
  access_token_validity: 'hours=1',
  refresh_token_validity: 'days=30',
});

const mappingsOf = (store: Store, row: ProviderRecord) =>
  store.state.mappings.filter(({ pk }) => row.property_mappings.includes(pk));

/** Returns a provider in the short form inside other objects. */
export function briefProvider(store: Store, row: ProviderRecord) {
  const { pk, name, authentication_flow, authorization_flow, invalidation_flow, property_mappings } = row;
  const application = store.state.applications.find(({ provider }) => provider === pk);
  return {
    ...{ pk, name, authentication_flow, authorization_flow, invalidation_flow, property_mappings },
    component: 'ak-provider-proxy-form',
    assigned_application_slug: application?.slug ?? null,
    assigned_application_name: application?.name ?? null,
    assigned_backchannel_application_slug: null,
    assigned_backchannel_application_name: null,
    verbose_name: 'Proxy Provider',
    verbose_name_plural: 'Proxy Providers',
    meta_model_name: 'authentik_providers_proxy.proxyprovider',
  };
}

function showProvider(store: Store, row: ProviderRecord) {
  const { client_secret: _secret, ...shown } = row;
  const outposts = store.state.outposts.filter(({ providers }) => providers.includes(row.pk));
  return {
    ...shown,
    ...briefProvider(store, row),
    redirect_uris: [callbackOf(row), `${row.external_host}?X-authentik-auth-callback=true`].map((address) => ({
      matching_mode: 'strict',
      url: address,
    })),
    outpost_set: outposts.map(({ name }) => `Outpost ${name}`),
  };
}
