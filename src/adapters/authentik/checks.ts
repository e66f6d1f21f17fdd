import { request } from 'undici';
import type { IdentityCheck } from '../../ports/identity.js';
import { Failure } from '../../ports/failure.js';
import { orFailure, notAnswering, type AuthentikOptions } from './client/api-client.js';
import type { AuthentikApi } from './client/calls.js';
import { findFlow } from './lookup.js';
import { initCommand, ownAccount } from './own-account.js';
import { embeddedOutpost } from './outpost.js';
import { EXPIRE, makesExpiringTokens } from './credentials/own-tokens.js';
import { missingRights } from './missing-rights.js';

const OLDEST_SUPPORTED = '2025.2';
const LARGEST_SKEW_MS = 2_000;
/** Time limit of one check. The whole command has five seconds. */
const ANSWERED_WITHIN_MS = 3_500;

/** Runs the checks of `read test auth`, one line each, in dependency order. Stops when authentik is not reachable; never throws. */
export async function checkEverything(api: AuthentikApi, options: AuthentikOptions): Promise<readonly IdentityCheck[]> {
  const checks: IdentityCheck[] = [];
  let refused = false;
  for (const [name, check] of Object.entries(CHECKS)) {
    // With a refused token, each of these would only say so again.
    if (refused && NEED_TOKEN.includes(name)) continue;
    const result = await check(api, options).catch((error: unknown) => ({
      passed: false,
      detail: error instanceof Error ? error.message : String(error),
      ...(error instanceof Failure ? { problem: error.kind } : {}),
    }));
    checks.push({ name, ...result });
    // Without an answer, the other checks would only time out.
    if (name === 'reachable' && !result.passed) break;
    refused ||= name === 'token' && !result.passed;
  }
  return checks;
}

const NEED_TOKEN: readonly string[] = ['version', 'rights', 'flows', 'outpost'];

type Check = (api: AuthentikApi, options: AuthentikOptions) => Promise<Omit<IdentityCheck, 'name'>>;

const CHECKS: Readonly<Record<string, Check>> = {
  reachable: async (_, { url }) => {
    const answer = await get(`${url}/-/health/live/`);
    return { passed: answer.statusCode === 200, detail: `${url} answers ${answer.statusCode}` };
  },
  token: async (api) => {
    const { username } = await ownAccount(api);
    return { passed: true, detail: `valid; belongs to ${username}` };
  },
  version: async (api) => {
    const { versionCurrent } = await orFailure('read its version', api.admin.adminVersionRetrieve());
    const supported = versionCurrent.localeCompare(OLDEST_SUPPORTED, 'en', { numeric: true }) >= 0;
    return {
      passed: supported,
      detail: `${versionCurrent}${supported ? '' : `; Hecate needs ${OLDEST_SUPPORTED} or newer`}`,
    };
  },
  rights: async (api, options) => {
    const { missing, unknown } = await missingRights(api, options);
    const isExpiring = await makesExpiringTokens(api);
    if (missing.length > 0) {
      return {
        passed: false,
        detail: `missing: ${missing.join(', ')}. An administrator adds them: ${initCommand(options)}`,
      };
    }
    if (isExpiring) {
      return {
        passed: false,
        detail: `${EXPIRE}, so Hecate cannot rotate its token. An administrator sets it: ${initCommand(options)}`,
      };
    }
    if (unknown.length === 0) return { passed: true, detail: 'complete' };
    return {
      passed: true,
      detail: `not checked, since authentik does not show the account's roles: ${unknown.join(', ')}`,
    };
  },
  flows: async (api) => {
    const wanted = ['default-provider-authorization-implicit-consent', 'default-provider-invalidation-flow'];
    const found = await Promise.all(wanted.map((slug) => findFlow(api, slug)));
    const missing = wanted.filter((_, index) => found[index] === null);
    return { passed: missing.length === 0, detail: missing.length === 0 ? 'found' : `missing: ${missing.join(', ')}` };
  },
  outpost: async (api, options) => {
    const outpost = await embeddedOutpost(api);
    const health = await orFailure(
      "read the outpost's health",
      api.outposts.outpostsInstancesHealthList({ uuid: outpost.pk }),
    );
    const seen = health.map((one) => one.lastSeen.getTime()).sort((a, b) => b - a)[0];
    const browsers = String(outpost.config['authentik_host'] ?? '');
    if (browsers === '')
      return {
        passed: false,
        detail: `authentik_host is missing in its configuration, so browsers cannot reach sign-in. An administrator sets it: ${initCommand(options)} --browser-url https://auth.example.com`,
      };
    if (seen === undefined) return { passed: false, detail: 'no outpost is connected to authentik' };
    return {
      passed: true,
      detail: `connected; serves ${outpost.providers.length} hosts; browsers sign in at ${browsers}`,
    };
  },
  clock: async (_, { url }) => {
    const answer = await get(`${url}/-/health/live/`);
    const theirs = Date.parse(String(answer.headers['date'] ?? ''));
    if (Number.isNaN(theirs)) return { passed: true, detail: 'not checked: the answer has no Date header' };
    // The Date header has whole seconds only.
    const skew = Math.max(0, Math.abs(Date.now() - theirs - 500) - 500);
    return { passed: skew <= LARGEST_SKEW_MS, detail: `${(skew / 1000).toFixed(1)} s off the worker's clock` };
  },
  'forward auth': async (_, { url }) => {
    const answer = await get(`${url}/outpost.goauthentik.io/ping`);
    const passed = answer.statusCode === 204;
    return { passed, detail: passed ? 'the outpost answers' : `the outpost answers ${answer.statusCode}` };
  },
};

async function get(url: string) {
  try {
    const answer = await request(url, { signal: AbortSignal.timeout(ANSWERED_WITHIN_MS) });
    await answer.body.dump();
    return answer;
  } catch (cause) {
    throw notAnswering(url, cause);
  }
}
