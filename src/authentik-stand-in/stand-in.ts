// A small authentik for development and tests, which follows answers recorded from a real one. May import node's own
// modules and src/adapters/files.
import { administrationRoutes } from './api/administration.js';
import { apiPrefix, createAdministrationApi } from './api/index.js';
import { applicationRoutes } from './api/applications.js';
import { createAuditLog } from './events/audit.js';
import { createAuthorizations } from './sign-in/authorizations.js';
import { bindingRoutes } from './api/bindings.js';
import { bootstrap, renewPassword, renewRights, writeTokens } from './bootstrap.js';
import { createBrowserSessions } from './store/browser-sessions.js';
import { eventRoutes } from './api/events.js';
import { createExpressions } from './policy/expressions.js';
import { flowRoutes } from './api/flow-objects.js';
import { createFlowRunner } from './sign-in/flows.js';
import { groupRoutes } from './api/groups.js';
import { createLatency, REAL_OUTPOST_DELAY_MS } from './http/latency.js';
import { listen } from './http/listen.js';
import { createNotifier } from './events/notify.js';
import { createServedList, type DelayMs } from './outpost/outpost-served.js';
import { outpostRoutes } from './api/outposts.js';
import { createPolicyEngine } from './policy/policy-engine.js';
import { policyRoutes } from './api/policies.js';
import { providerRoutes } from './api/providers.js';
import { sessionRoutes } from './api/sessions.js';
import { createSite } from './site.js';
import { EMBEDDED_OUTPOST } from './store/seed.js';
import { stageRoutes } from './api/stages.js';
import { openStore, type Store } from './store/store.js';
import { asText } from './rest/fields.js';
import { tokenRoutes } from './api/tokens.js';
import { userRoutes } from './api/users.js';
import type { WebAnswer, WebRequest } from './http/web.js';

/** Time that calls take: as little as possible, or that of a real authentik. */
export type Latency = 'none' | 'real';

/** Options of {@link startStandIn}. */
export type StandInOptions = {
  /** Folder of its state and of the secrets of its first accounts. */
  readonly data: string;
  /** Port on 127.0.0.1; 0 chooses a free one. */
  readonly port: number;
  /** `real`: calls of the API and the outpost take as long as a real authentik's; for measurements. */
  readonly latency?: Latency;
  /** Delay (ms) after which the outpost uses a change, or its bounds; a real one takes 4 to 14 s. Default 0, or that of `latency`. */
  readonly outpostDelayMs?: number | DelayMs;
  /** Groups that a new stand-in creates. */
  readonly groups?: readonly string[];
  readonly onExchange?: (request: WebRequest, answer: WebAnswer) => void;
  readonly log?: (line: string) => void;
};

/** Starts a stand-in for an authentik server with its embedded outpost, on 127.0.0.1 only. */
export async function startStandIn({
  data,
  port,
  latency = 'none',
  outpostDelayMs = latency === 'real' ? REAL_OUTPOST_DELAY_MS : 0,
  groups = [],
  onExchange,
  log = () => undefined,
}: StandInOptions) {
  const store = openStore(data, log);
  if (store.isNew) bootstrap(store, data, groups);
  else renewRights(store);
  const parts = assemble(store, log);
  const servedList = createServedList({ store, delayMs: bounds(outpostDelayMs) });
  const api = createAdministrationApi({ store, sessions: parts.sessions, routes: parts.routes });
  const site = createSite({ store, servedList, log, ...parts });
  const slow = latency === 'real' ? createLatency(`${apiPrefix}/`) : null;
  const answer = async (request: WebRequest): Promise<WebAnswer> => {
    if (!request.path.startsWith(`${apiPrefix}/`)) return site(request);
    const given = request.path.startsWith(`${apiPrefix}/flows/executor/`) ? await site(request) : await api(request);
    await slow?.(request, given);
    onExchange?.(request, given);
    return given;
  };
  store.flush();
  const { url, close } = await listen({ port, answer, flush: store.flush, log });
  nameBrowserHost(store, url);
  mend(store, data, log);
  const mending = setInterval(() => mend(store, data, log), MENDED_EVERY_MS).unref();
  return { url, close: () => (clearInterval(mending), servedList.close(), close()) };
}

const bounds = (delay: number | DelayMs): DelayMs => (typeof delay === 'number' ? [delay, delay] : delay);

const MENDED_EVERY_MS = 2_000;

/** Writes files again that were emptied or removed from outside. */
function mend(store: Store, data: string, log: (line: string) => void): void {
  try {
    const problem = store.mend();
    if (problem !== null) log(problem);
    for (const name of writeTokens(store, data)) log(`${name} was missing or empty; wrote it again`);
    if (!renewPassword(store, data)) return;
    store.flush();
    log('akadmin-password was missing or empty; akadmin has a new password');
  } catch (error) {
    // For example a full disk: the next attempt may find space.
    log(`cannot write into ${data}: ${(error as Error).message}`);
  }
}

/** Sets the outpost's URL for browsers to the present address, unless it was set to another host. */
function nameBrowserHost(store: Store, url: string): void {
  const outpost = store.state.outposts.find(({ managed }) => managed === EMBEDDED_OUTPOST);
  const named = asText(outpost?.config['authentik_host'], '');
  if (!outpost || (named !== '' && !named.startsWith('http://127.0.0.1:'))) return;
  store.change('outposts', outpost, { config: { ...outpost.config, authentik_host: `${url}/` } });
  store.flush();
}

function assemble(store: Store, log: (line: string) => void) {
  const expressions = createExpressions({ log });
  const engine = createPolicyEngine({ store, expressions });
  const notifier = createNotifier({ store, engine, log });
  const audit = createAuditLog({ store, heard: notifier.heard });
  const sessions = createBrowserSessions({ store });
  const authorizations = createAuthorizations({ store, audit });
  const flows = createFlowRunner({ store, sessions, audit, authorizations, engine });
  const routes = [
    ...administrationRoutes(store),
    ...groupRoutes(store),
    ...userRoutes(store),
    ...tokenRoutes({ store, audit }),
    ...applicationRoutes({ store, engine }),
    ...providerRoutes(store),
    ...bindingRoutes(store),
    ...policyRoutes({ store, engine, expressions }),
    ...flowRoutes(store),
    ...stageRoutes(store),
    ...outpostRoutes(store),
    ...eventRoutes({ store, notifier }),
    ...sessionRoutes(store),
  ];
  return { engine, sessions, authorizations, flows, routes };
}
