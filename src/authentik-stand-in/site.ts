import { createAuthorize } from './sign-in/authorize.js';
import type { Authorizations } from './sign-in/authorizations.js';
import { createFlowExecutor } from './sign-in/flow-executor.js';
import { createFlowPages } from './sign-in/flow-pages.js';
import type { FlowRunner } from './sign-in/flows.js';
import { createOutpost, outpostPrefix } from './outpost/outpost.js';
import type { ServedList } from './outpost/outpost-served.js';
import type { PolicyEngine } from './policy/policy-engine.js';
import type { Store } from './store/store.js';
import { notFoundPage, page, type WebAnswer, type WebRequest } from './http/web.js';

type Deps = {
  store: Store;
  flows: FlowRunner;
  engine: PolicyEngine;
  authorizations: Authorizations;
  servedList: ServedList;
  log: (line: string) => void;
};
type Place = readonly [pattern: RegExp, answer: (request: WebRequest, name: string) => WebAnswer | Promise<WebAnswer>];

/** Creates the site outside the administration API: health, sign-in pages, the authorize endpoint and the outpost. */
export function createSite(deps: Deps) {
  const { flows } = deps;
  const outpost = createOutpost(deps);
  const places: readonly Place[] = [
    [/^\/-\/health\/(?:live|ready)\/$/, () => ({ status: 200 })],
    [/^\/api\/v3\/flows\/executor\/([^/]+)\/$/, createFlowExecutor({ flows })],
    [/^\/if\/flow\/([^/]+)\/$/, createFlowPages({ flows })],
    [/^\/application\/o\/authorize\/$/, createAuthorize(deps)],
    [/^\/application\/o\/[^/]+\/end-session\/$/, (request) => endSession(flows, request)],
    [/^\/application\/o\/[^/]+\/jwks\/$/, () => ({ status: 200, body: {} })],
    [/^\/$/, () => ({ status: 200, html: page('Signed in', '<p>There is nothing else here.</p>') })],
  ];
  return async (request: WebRequest): Promise<WebAnswer> => {
    if (request.path.startsWith(outpostPrefix)) return outpost(request);
    for (const [pattern, answer] of places) {
      const match = pattern.exec(request.path);
      if (match) return answer(request, match[1] ?? '');
    }
    return notFoundPage;
  };
}

function endSession({ sessions }: FlowRunner, request: WebRequest): WebAnswer {
  const session = sessions.find(request);
  if (session) sessions.signOut(session);
  return { status: 200, html: page('Signed out', '<p>You have been signed out.</p>') };
}
