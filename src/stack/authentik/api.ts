import { administrationRoutes } from './administration.js';
import { applicationRoutes } from './applications.js';
import type { AuditLog } from './audit.js';
import { bindingRoutes } from './bindings.js';
import { eventRoutes } from './events.js';
import { Refused, type Answer, type Call, type Route } from './exchange.js';
import type { Expressions } from './expressions.js';
import { flowRoutes } from './flow-objects.js';
import { groupRoutes } from './groups.js';
import type { Notifier } from './notify.js';
import { outpostRoutes } from './outposts.js';
import { policyRoutes } from './policies.js';
import type { PolicyEngine } from './policy-engine.js';
import { providerRoutes } from './providers.js';
import { may } from './rights.js';
import { sessionRoutes } from './sessions.js';
import { stageRoutes } from './stages.js';
import type { User } from './state.js';
import type { Store } from './store.js';
import { tokenRoutes } from './tokens.js';
import { userRoutes } from './users.js';

export type ApiDeps = {
  store: Store;
  engine: PolicyEngine;
  expressions: Expressions;
  notifier: Notifier;
  audit: AuditLog;
};

/** The API below /api/v3, as a function of a call: who calls is checked before what is asked. */
export function createApi(deps: ApiDeps) {
  const { store, audit } = deps;
  const routes: readonly Route[] = [
    ...administrationRoutes(store),
    ...applicationRoutes(deps),
    ...bindingRoutes(store),
    ...eventRoutes(deps),
    ...flowRoutes(store),
    ...groupRoutes(store),
    ...outpostRoutes(store),
    ...policyRoutes(deps),
    ...providerRoutes(store),
    ...sessionRoutes(store),
    ...stageRoutes(store),
    ...tokenRoutes({ store, audit }),
    ...userRoutes(store),
  ];
  return async (call: Omit<Call, 'user' | 'params'>, authorization: string | undefined): Promise<Answer> => {
    try {
      const user = callerOf(store, authorization);
      const found = matching(routes, call.path);
      if (found.length === 0) throw new Refused(404, { detail: 'Not found.' });
      const match = found.find(({ route }) => route.method === call.method);
      if (!match) throw new Refused(405, { detail: `Method "${call.method}" not allowed.` });
      const { route, params } = match;
      if (route.right !== null && !may(store.state, user, route.right)) {
        throw new Refused(403, { detail: 'You do not have permission to perform this action.' });
      }
      return await route.handle({ ...call, user, params });
    } catch (error) {
      if (error instanceof Refused) return { status: error.status, body: error.body };
      throw error;
    }
  };
}

/** Only tokens for the API; what is wrong with another is said with 403, as the real one does. */
function callerOf(store: Store, authorization: string | undefined): User {
  const key = authorization?.match(/^Bearer (.+)$/)?.[1];
  if (key === undefined) throw new Refused(403, { detail: 'Authentication credentials were not provided.' });
  const token = store.state.tokens.find((other) => other.intent === 'api' && other.key === key);
  const isOver = token?.expiring && token.expires !== null && Date.parse(token.expires) < Date.now();
  const user = token && !isOver ? store.find('users', token.user) : undefined;
  if (!user?.is_active) throw new Refused(403, { detail: 'Token invalid/expired' });
  return user;
}

function matching(routes: readonly Route[], path: string) {
  return routes.flatMap((route) => {
    const names = [...route.path.matchAll(/:(\w+)/g)].map(([, name]) => name!);
    const pattern = new RegExp(`^${route.path.replace(/:(\w+)/g, '([^/]+)')}$`);
    const found = pattern.exec(path);
    if (!found) return [];
    const params = Object.fromEntries(names.map((name, index) => [name, decodeURIComponent(found[index + 1]!)]));
    return [{ route, params }];
  });
}
