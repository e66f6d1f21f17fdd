import { choice, filled, json, listField, reference, required, type Field, asText } from '../rest/fields.js';
import { badRequest, ok, type Call, type ApiRoute } from '../rest/exchange.js';
import { byField, pageOf } from '../rest/list-page.js';
import { oidcConfiguration } from '../outpost/oidc-configuration.js';
import { briefProvider } from './providers.js';
import { resourceRoutes, type ApiResource } from '../rest/resource.js';
import { secondsOf } from '../rest/durations.js';
import { imitatedVersion, defaultOutpostConfig } from '../store/seed.js';
import type { OutpostRecord, ProviderRecord } from '../store/state.js';
import { uuid, type Store } from '../store/store.js';

const instance = uuid();

/** Routes of `/outposts/`. A new list of providers, or a new configuration, replaces the whole old one. */
export function outpostRoutes(store: Store): readonly ApiRoute[] {
  return [
    {
      method: 'GET',
      path: '/outposts/instances/default_settings/',
      right: 'authentik_outposts.view_outpost',
      handle: ({ base }) => ok({ config: defaultOutpostConfig(`${base}/`) }),
    },
    {
      method: 'GET',
      path: '/outposts/instances/:key/health/',
      right: 'authentik_outposts.view_outpost',
      handle: () => ok([health()]),
    },
    {
      method: 'GET',
      path: '/outposts/proxy/',
      right: 'authentik_providers_proxy.view_proxyprovider',
      handle: (call) => served(store, call),
    },
    ...resourceRoutes(store, outpostResource(store)),
  ];
}

const known: Field = listField({
  check: (pk, store) => (store.find('providers', pk) ? null : `Invalid pk "${String(pk)}" - object does not exist.`),
});

const outpostResource = (store: Store): ApiResource<'outposts'> => ({
  path: '/outposts/instances/',
  kind: 'outposts',
  model: 'Outpost',
  ordering: 'name',
  rights: ['authentik_outposts', 'outpost'],
  fields: {
    name: required(filled),
    type: required(choice('proxy', 'ldap', 'radius', 'rac')),
    providers: required(known),
    config: required(json),
    managed: { ...filled, nullable: true },
    service_connection: { ...reference(), nullable: true },
  },
  filters: {
    ...byField<OutpostRecord>('name', 'managed'),
    providers__isnull: (row, value) => (row.providers.length === 0) === (value === 'true'),
  },
  check: ({ name }, row) => {
    if (store.state.outposts.some((other) => other !== row && other.name === name)) {
      badRequest('name', 'Outpost with this name already exists.');
    }
  },
  create: () => ({ pk: uuid(), name: '', type: 'proxy', providers: [], config: {}, managed: null }),
  change: (row, { service_connection: _connection, ...values }) => void store.change('outposts', row, values),
  present: (row) => ({
    ...row,
    providers_obj: row.providers.map((pk) => asPlainProvider(store, store.find('providers', pk)!)),
    service_connection: null,
    service_connection_obj: null,
    refresh_interval_s: secondsOf(asText(row.config['refresh_interval'], 'minutes=5')),
    token_identifier: `ak-outpost-${row.pk}-api`,
  }),
});

const asPlainProvider = (store: Store, row: ProviderRecord) => ({
  ...briefProvider(store, row),
  component: '',
  verbose_name: 'provider',
  verbose_name_plural: 'providers',
  meta_model_name: 'authentik_core.provider',
});

const health = () => ({
  uid: instance,
  last_seen: new Date().toISOString(),
  version: imitatedVersion,
  golang_version: 'none: a stand-in',
  openssl_enabled: false,
  openssl_version: '',
  fips_enabled: null,
  version_should: imitatedVersion,
  version_outdated: false,
  build_hash: '',
  build_hash_should: '',
  hostname: 'stand-in',
});

function served(store: Store, { base, query }: Call) {
  const { applications, outposts, providers } = store.state;
  const wanted = providers.filter(
    ({ pk }) =>
      outposts.some((outpost) => outpost.providers.includes(pk)) &&
      applications.some(({ provider }) => provider === pk),
  );
  const page = pageOf(wanted, query, { filters: byField<ProviderRecord>('name') });
  const results = page.rows.map((row) => asOutpostSees(store, row, base));
  return ok({ pagination: page.pagination, results, autocomplete: {} });
}

function asOutpostSees(store: Store, row: ProviderRecord, base: string) {
  const { pk, name, internal_host, external_host, internal_host_ssl_validation, client_id, client_secret } = row;
  const { certificate, skip_path_regex, basic_auth_enabled, mode, cookie_domain, intercept_header_auth } = row;
  const { basic_auth_password_attribute, basic_auth_user_attribute } = row;
  const brief = briefProvider(store, row);
  const scopes = store.state.mappings.filter((other) => row.property_mappings.includes(other.pk));
  return {
    ...{ pk, name, internal_host, external_host, internal_host_ssl_validation, client_id, client_secret },
    ...{ certificate, skip_path_regex, basic_auth_enabled, mode, cookie_domain, intercept_header_auth },
    ...{ basic_auth_password_attribute, basic_auth_user_attribute },
    oidc_configuration: oidcConfiguration(base, String(brief.assigned_application_slug)),
    cookie_secret: client_secret.slice(0, 32),
    access_token_validity: secondsOf(row.access_token_validity),
    scopes_to_request: scopes.map(({ scope }) => scope),
    assigned_application_slug: brief.assigned_application_slug,
    assigned_application_name: brief.assigned_application_name,
  };
}
