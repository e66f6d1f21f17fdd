import { bool, filled, nullable, readFields, reference, required, slug, textField, asText } from '../rest/fields.js';
import type { AuditLog } from '../events/audit.js';
import { badRequest, noContent, ok, type Call, type ApiRoute } from '../rest/exchange.js';
import { byField } from '../rest/list-page.js';
import { showPeople } from './people.js';
import { findRow, resourceRoutes, type ApiResource } from '../rest/resource.js';
import { isSuperuser } from '../store/rights.js';
import type { Token } from '../store/state.js';
import { randomKey, uuid, type Store } from '../store/store.js';

/** Lifetime of an expiring API token. Like authentik, it ignores the requested one. */
const defaultLifeMs = 30 * 60_000;

/** Routes of `/core/tokens/`, with authentik's oddities; see the comments at `check` and `change`. */
export function tokenRoutes({ store, audit }: { store: Store; audit: AuditLog }): readonly ApiRoute[] {
  const resource = tokenResource(store);
  const about = (call: Call) => findRow(store, resource, call);
  return [
    {
      method: 'GET',
      path: '/core/tokens/:key/view_key/',
      right: 'authentik_core.view_token_key',
      handle: (call) => {
        const { key, identifier } = about(call);
        audit('secret_view', call.user, { secret: { name: identifier } });
        return ok({ key });
      },
    },
    {
      method: 'POST',
      path: '/core/tokens/:key/set_key/',
      right: 'authentik_core.set_token_key',
      handle: (call) => {
        const token = about(call);
        const { key } = readFields({ key: required(filled) }, call.body, false, store);
        store.change('tokens', token, { key: String(key) });
        return noContent;
      },
    },
    ...resourceRoutes(store, resource),
  ];
}

/** Returns a token with a new key. */
export function newToken(fields: Pick<Token, 'identifier' | 'intent' | 'user' | 'expiring'>): Token {
  const expires = new Date(Date.now() + defaultLifeMs).toISOString();
  return { pk: uuid(), description: '', key: randomKey(), expires, ...fields };
}

const tokenResource = (store: Store): ApiResource<'tokens'> => ({
  path: '/core/tokens/',
  kind: 'tokens',
  model: 'Token',
  ordering: 'identifier',
  rights: ['authentik_core', 'token'],
  key: 'identifier',
  fields: {
    identifier: required(slug('"slug"')),
    intent: textField,
    user: reference('users'),
    description: textField,
    expires: nullable(textField),
    expiring: bool,
  },
  filters: {
    ...byField<Token>('identifier', 'intent', 'description', 'expiring'),
    user__username: (row, value) => store.find('users', row.user)?.username === value,
  },
  visible: (row, { user }) => row.user === user.pk || isSuperuser(store.state, user),
  check: ({ identifier, intent = 'api' }, row) => {
    if (store.state.tokens.some((other) => other !== row && other.identifier === identifier)) {
      badRequest('identifier', 'Token with this identifier already exists.');
    }
    if (intent !== 'api' && intent !== 'app_password') badRequest('intent', `Invalid intent ${String(intent)}`);
  },
  create: ({ identifier }, { user }) =>
    newToken({ identifier: String(identifier), intent: 'api', user: user.pk, expiring: true }),
  /** Without `user` and `intent`, the token becomes an API token of the caller, even if it was another user's. */
  change: (row, values, { user }) => {
    const intent = asText(values['intent'], 'api');
    const soon = new Date(Date.now() + defaultLifeMs).toISOString();
    const unasked = (values['expiring'] ?? row.expiring) === false ? null : soon;
    const expires = intent === 'api' ? soon : asText(values['expires']) || unasked;
    store.change('tokens', row, { ...values, user: Number(values['user'] ?? user.pk), intent, expires });
  },
  present: ({ key: _key, ...row }) => {
    const owner = store.find('users', row.user);
    return { ...row, managed: null, user_obj: owner ? showPeople(store).user(owner) : null };
  },
});
