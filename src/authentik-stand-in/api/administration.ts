import { badRequest, noContent, notFound, ok, Refused, type ApiRoute } from '../rest/exchange.js';
import { filled, required } from '../rest/fields.js';
import { byField, pageOf } from '../rest/list-page.js';
import { resourceRoutes, type ApiResource } from '../rest/resource.js';
import { imitatedVersion } from '../store/seed.js';
import type { Role } from '../store/state.js';
import { uuid, type Store } from '../store/store.js';

/** Routes of `/admin/` and `/rbac/`: version, settings, roles and their rights. */
export function administrationRoutes(store: Store): readonly ApiRoute[] {
  return [
    { method: 'GET', path: '/admin/version/', right: null, handle: () => ok(version) },
    {
      method: 'GET',
      path: '/admin/settings/',
      right: 'authentik_rbac.view_system_settings',
      handle: () => ok(settings),
    },
    {
      method: 'GET',
      path: '/rbac/permissions/assigned_by_users/',
      right: 'authentik_rbac.view_role',
      handle: () => {
        throw new Refused(404, { detail: 'Not found.' });
      },
    },
    {
      method: 'POST',
      path: '/rbac/permissions/assigned_by_roles/:key/assign/',
      right: 'authentik_rbac.assign_role_permissions',
      handle: ({ params, body }) => {
        const role = store.find('roles', params['key']) ?? notFound('Role');
        const asked = body['permissions'];
        if (!Array.isArray(asked)) return badRequest('permissions', 'This field is required.');
        store.change('roles', role, { permissions: [...new Set([...role.permissions, ...asked.map(String)])] });
        return ok(asked.map(() => ({ id: String(store.number('permission')) })));
      },
    },
    {
      method: 'PATCH',
      path: '/rbac/permissions/assigned_by_roles/:key/unassign/',
      right: 'authentik_rbac.unassign_role_permissions',
      handle: ({ params, body }) => {
        const role = store.find('roles', params['key']) ?? notFound('Role');
        const asked = body['permissions'];
        if (!Array.isArray(asked)) return badRequest('permissions', 'This field is required.');
        store.change('roles', role, { permissions: role.permissions.filter((right) => !asked.includes(right)) });
        return noContent;
      },
    },
    {
      method: 'GET',
      path: '/rbac/permissions/',
      // As in authentik, every account may list the rights of any role.
      right: null,
      handle: ({ query }) => ok(permissions(store, query)),
    },
    ...resourceRoutes(store, roleResource(store)),
  ];
}

/** The rights of the role that the query names, else all that a role has. */
function permissions(store: Store, query: URLSearchParams) {
  const asked = query.get('role');
  if (asked && !store.find('roles', asked)) {
    badRequest('role', 'Select a valid choice. That choice is not one of the available choices.');
  }
  const roles = store.state.roles.filter(({ pk }) => asked === null || pk === asked);
  const rights = [...new Set(roles.flatMap((role) => role.permissions))].sort();
  const page = pageOf(rights, query, {});
  const results = page.rows.map((right, index) => {
    const [app_label = '', codename = ''] = right.split('.');
    const model = codename.replace(/^[a-z]+_/, '');
    const name = `Can ${codename.replaceAll('_', ' ')}`;
    return { id: index + 1, name, codename, model, app_label, app_label_verbose: app_label, model_verbose: model };
  });
  return { pagination: page.pagination, results, autocomplete: {} };
}

const roleResource = (store: Store): ApiResource<'roles'> => ({
  path: '/rbac/roles/',
  kind: 'roles',
  model: 'Role',
  ordering: 'name',
  rights: ['authentik_rbac', 'role'],
  fields: { name: required(filled) },
  filters: byField<Role>('name'),
  check: ({ name }, row) => {
    if (store.state.roles.some((other) => other !== row && other.name === name)) {
      badRequest('name', 'Role with this name already exists.');
    }
  },
  create: ({ name }) => ({ pk: uuid(), name: String(name), permissions: [] }),
  remove: ({ pk }) => {
    const without = (roles: string[]) => roles.filter((other) => other !== pk);
    for (const user of store.state.users) store.change('users', user, { roles: without(user.roles) });
    for (const group of store.state.groups) store.change('groups', group, { roles: without(group.roles) });
  },
  present: ({ pk, name }) => ({ pk, name }),
});

const version = {
  version_current: imitatedVersion,
  version_latest: '0.0.0',
  version_latest_valid: false,
  build_hash: '',
  outdated: false,
  outpost_outdated: false,
};

const settings = {
  avatars: 'gravatar,initials',
  default_user_change_name: true,
  default_user_change_email: false,
  default_user_change_username: false,
  event_retention: 'days=365',
  reputation_lower_limit: -5,
  reputation_upper_limit: 5,
  footer_links: [],
  gdpr_compliance: true,
  impersonation: true,
  impersonation_require_reason: true,
  default_token_duration: 'minutes=30',
  default_token_length: 60,
  pagination_default_page_size: 20,
  pagination_max_page_size: 100,
  flags: {},
};
