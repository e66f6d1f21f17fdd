import { ok, type ApiRoute } from '../rest/exchange.js';
import { pageOf } from '../rest/list-page.js';
import { showPeople } from './people.js';
import { resourceRoutes, type ApiResource } from '../rest/resource.js';
import type { Device, Session } from '../store/state.js';
import type { Store } from '../store/store.js';

/** Routes of `/core/authenticated_sessions/`, whose DELETE signs a user out, and of the list of second factors. */
export function sessionRoutes(store: Store): readonly ApiRoute[] {
  const byUser = (row: Device, value: string) => String(row.user) === value;
  const byName = (row: { user: number | null }, value: string) => store.find('users', row.user)?.username === value;
  return [
    {
      method: 'GET',
      path: '/authenticators/admin/totp/',
      right: 'authentik_stages_authenticator_totp.view_totpdevice',
      handle: ({ query }) => {
        const page = pageOf(store.state.devices, query, { filters: { user__username: byName } });
        return ok({
          pagination: page.pagination,
          results: page.rows.map((row) => brief(store, row)),
          autocomplete: {},
        });
      },
    },
    {
      method: 'GET',
      path: '/authenticators/admin/all/',
      right: 'authentik_stages_authenticator_totp.view_totpdevice',
      handle: ({ query }) => ok(pageOf(store.state.devices, query, { filters: { user: byUser } }).rows.map(whole)),
    },
    ...resourceRoutes(store, { ...sessionResource(store), filters: { user__username: byName } }),
  ];
}

const sessionResource = (store: Store): ApiResource<'sessions'> => ({
  path: '/core/authenticated_sessions/',
  kind: 'sessions',
  model: 'AuthenticatedSession',
  rights: ['authentik_core', 'authenticatedsession'],
  verbs: ['list', 'read', 'remove', 'used_by'],
  fields: {},
  belongs: ({ user }) => user !== null,
  remove: ({ pk }) => store.remove('outpostSessions', ({ session }) => session === pk),
  present: showSession,
});

function showSession(row: Session) {
  const unknown = { family: 'Other', major: null, minor: null, patch: null };
  return {
    uuid: row.pk,
    current: false,
    user_agent: {
      string: row.userAgent,
      user_agent: { ...unknown, major: '', minor: '' },
      os: { ...unknown, patch_minor: null },
      device: { family: 'Other', brand: null, model: null },
    },
    geo_ip: null,
    asn: null,
    user: row.user,
    last_ip: row.ip,
    last_user_agent: row.userAgent,
    last_used: row.lastUsed,
    expires: row.expires,
  };
}

const brief = (store: Store, { pk, name, user }: Device) => {
  const owner = store.find('users', user);
  return { name, pk, user: owner ? showPeople(store).userBrief(owner) : null };
};

const whole = ({ pk, name, created, last_updated, last_used }: Device) => ({
  verbose_name: 'TOTP Device',
  verbose_name_plural: 'TOTP Devices',
  meta_model_name: 'authentik_stages_authenticator_totp.totpdevice',
  pk: String(pk),
  name,
  type: 'authentik_stages_authenticator_totp.TOTPDevice',
  confirmed: true,
  ...{ created, last_updated, last_used },
  extra_description: null,
  external_id: null,
});
