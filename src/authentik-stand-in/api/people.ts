import { groupsOf, isSuperuser } from '../store/rights.js';
import type { Group, User } from '../store/state.js';
import type { Store } from '../store/store.js';

const avatar = (name: string) => {
  const letters = name.split(' ').map((word) => word[0] ?? '');
  const svg = `<svg xmlns="http://www.w3.org/2000/svg"><text>${letters.join('').slice(0, 2).replace(/[<&]/g, '')}</text></svg>`;
  return `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`;
};

/** Users and groups in the API's form, for all its answers. */
export const showPeople = ({ state }: Store) => {
  const role = (pk: string) => ({ pk, name: state.roles.find((other) => other.pk === pk)?.name ?? '' });
  const groupBrief = ({ pk, num_pk, name, is_superuser, attributes }: Group) => ({
    pk,
    num_pk,
    name,
    is_superuser,
    attributes,
  });
  const userBrief = ({ pk, username, name, is_active, last_login, email, attributes, uid }: User) => ({
    pk,
    username,
    name,
    is_active,
    last_login,
    email,
    attributes,
    uid,
  });
  const user = (row: User, withGroups = true) => {
    const { password: _password, ...shown } = row;
    const groups = state.groups.filter(({ pk }) => row.groups.includes(pk));
    return {
      ...shown,
      is_superuser: isSuperuser(state, row),
      groups_obj: withGroups ? groups.map(groupBrief) : null,
      roles_obj: row.roles.map(role),
      avatar: avatar(row.name),
    };
  };
  const group = (row: Group, withUsers = true) => {
    const users = state.users.filter((other) => other.groups.includes(row.pk));
    return {
      ...row,
      parents_obj: null,
      users: users.map(({ pk }) => pk),
      users_obj: withUsers ? users.map(userBrief) : null,
      roles_obj: row.roles.map(role),
      inherited_roles_obj: null,
      children: state.groups.filter(({ parents }) => parents.includes(row.pk)).map(({ pk }) => pk),
      children_obj: null,
    };
  };
  const self = (row: User) => {
    const { pk, username, name, is_active, email, uid, type } = row;
    return {
      ...{ pk, username, name, is_active, email, uid, type },
      is_superuser: isSuperuser(state, row),
      groups: groupsOf(state, row).map((other) => ({ name: other.name, pk: other.pk })),
      roles: [...new Set([...row.roles, ...groupsOf(state, row).flatMap(({ roles }) => roles)])].map(role),
      avatar: avatar(row.name),
      settings: {},
      system_permissions: isSuperuser(state, row) ? ['access_admin_interface', 'view_system_info'] : [],
    };
  };
  return { user, userBrief, group, groupBrief, self };
};
