import { bool, filled, nullable, readFields, reference, required, slug, textField, asText } from '../rest/fields.js';
import type { AuditLog } from '../events/audit.js';
import { badRequest, forbidden, noContent, ok, type Call, type ApiRoute } from '../rest/exchange.js';
import { byField } from '../rest/list-page.js';
import { showPeople } from './people.js';
import { findRow, resourceRoutes, type ApiResource } from '../rest/resource.js';
import { isSuperuser, may } from '../store/rights.js';
import { TOKENS_EXPIRE, type Token } from '../store/objects.js';
import { randomKey, uuid, type Store } from '../store/store.js';

/** Lifetime of an expiring API token. Like authentik, it ignores the requested one. */
const defaultLifeMs = 30 * 60_000;

/** Routes of `/core/tokens/`, with authentik's oddities; see the comments at `owner` and `change`. */
export function tokenRoutes({ store, audit }: { store: Store; audit: AuditLog }): readonly ApiRoute[] {
  const resource = tokenResource(store);
  const about = (call: Call) => findRow(store, resource, call);
  return [
    {
      method: 'GET',
      path: '/core/tokens/:key/view_key/',
      // authentik looks for the token first, also among those of others.
      right: null,
      handle: (call) => {
        const { key, identifier, viewer } = findRow(store, { ...resource, visible: () => true }, call);
        if (viewer !== call.user.pk && !may(store.state, call.user, 'authentik_core.view_token_key')) forbidden();
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
  /** An account needs no right for its own tokens, as authentik's `owner_field` has it. */
  owner: 'user',
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
  visible: (row, { user }) => row.user === user.pk || may(store.state, user, 'authentik_core.view_token'),
  check: ({ identifier, intent = 'api' }, row) => {
    if (store.state.tokens.some((other) => other !== row && other.identifier === identifier)) {
      badRequest('identifier', 'Token with this identifier already exists.');
    }
    if (intent !== 'api' && intent !== 'app_password') badRequest('intent', `Invalid intent ${String(intent)}`);
  },
  create: ({ identifier }, { user }) => ({
    ...newToken({ identifier: String(identifier), intent: 'api', user: user.pk, expiring: true }),
    ...(isSuperuser(store.state, user) ? {} : { viewer: user.pk }),
  }),
  /**
   * Without `user` and `intent`, the token becomes an API token of the caller, even if it was another user's. An account that
   * is no superuser creates tokens only for itself, and an attribute of it decides whether they expire.
   */
  change: (row, values, { method, user }) => {
    const isForSelf = method === 'POST' && !isSuperuser(store.state, user);
    const intent = asText(values['intent'], 'api');
    const soon = new Date(Date.now() + defaultLifeMs).toISOString();
    const expiring = isForSelf ? Boolean(user.attributes[TOKENS_EXPIRE] ?? true) : (values['expiring'] ?? row.expiring);
    const expires = intent === 'api' ? soon : asText(values['expires']) || (expiring === false ? null : soon);
    const owner = isForSelf ? user.pk : Number(values['user'] ?? user.pk);
    store.change('tokens', row, { ...values, expiring: expiring !== false, user: owner, intent, expires });
  },
  present: ({ key: _key, viewer: _viewer, ...row }) => {
    const owner = store.find('users', row.user);
    return { ...row, managed: null, user_obj: owner ? showPeople(store).user(owner) : null };
  },
});
