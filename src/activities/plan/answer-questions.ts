import type { ProxyModule } from '../../domain/middleware/kind.js';
import type { Answers, Question, ReadFirst } from '../../operations/questions.js';
import type { OwnPart } from '../../domain/serving/own-part.js';
import type { UpstreamAnswer } from '../../domain/serving/upstream-check.js';
import type { Proxy } from '../../ports/proxy.js';
import { askUpstreams } from './ask-upstreams.js';
import { answerHandover, type HandoverQuestion } from '../secrets/answer-handover.js';
import type { Dependencies } from '../dependencies.js';

/**
 * Answers an operation's questions by asking the systems. What a proxy does not answer is null. An identity provider
 * that does not answer throws, since access is never guessed; when none is configured, `identityHost` is null. `upstreams`
 * and `ownParts`: answers so far, which are not asked for again; new ones are added.
 */
export async function answer(
  deps: Dependencies,
  questions: readonly Question[],
  upstreams: Map<string, UpstreamAnswer> = new Map(),
  ownParts: Map<string, OwnPart | 'unknown' | null> = new Map(),
): Promise<Omit<Answers, keyof ReadFirst>> {
  const requests = new Map<string, number | null>();
  const missing = new Set<string>();
  const flows = new Set<string>();
  const lacking = new Map<string, readonly string[]>();
  const unreadable: string[] = [];
  let skew: number | null = null;
  let server: Awaited<ReturnType<Proxy['configured']>> = null;
  const handover = await answerHandover(deps, questions.filter(isHandover));
  const checking = askUpstreams(deps.proxies, questions.filter(isUpstream), upstreams);
  await Promise.all(
    questions.map(async (question) => {
      switch (question.kind) {
        case 'upstream':
          return;
        case 'recent-requests':
          for (const [host, count] of await requestsOf(deps.proxies, question.hosts, question.seconds))
            requests.set(host, count);
          return;
        case 'groups':
          for (const name of (await deps.identity?.missingGroups(question.names)) ?? []) missing.add(name);
          return;
        case 'flow':
          if (await deps.identity?.hasFlow(question.slug)) flows.add(question.slug);
          return;
        case 'configured':
          server = await firstConfigured(deps.proxies);
          return;
        case 'certificate':
        case 'key':
        case 'secret-certificate':
        case 'secret-value':
        case 'kept-value':
          return;
        case 'clock':
          skew = await largestSkew(deps.proxies);
          return;
        case 'module':
          lacking.set(question.module, await proxiesWithout(deps.proxies, question.module));
          return;
        case 'own-parts':
          await addOwnParts(deps, question.dials, ownParts);
          return;
        case 'access-logs':
          unreadable.push(...(await unreadableLogs(deps.proxies)));
      }
    }),
  );
  await checking;
  return {
    upstream: (check) => upstreams.get(JSON.stringify(check)) ?? null,
    recentRequests: (host) => requests.get(host) ?? null,
    missingGroups: (names) => names.filter((name) => missing.has(name)),
    hasFlow: (slug) => flows.has(slug),
    clockSkewMs: () => skew,
    proxiesWithout: (module) => lacking.get(module) ?? [],
    ownPart: (dial) => ownParts.get(dial) ?? null,
    unreadableLogs: () => unreadable,
    identityHost: () => deps.identity?.host ?? null,
    adminHost: () => deps.adminHost,
    configured: () => server,
    ...handover,
  };
}

async function addOwnParts(
  { surroundings }: Dependencies,
  dials: readonly string[],
  known: Map<string, OwnPart | 'unknown' | null>,
): Promise<void> {
  const fresh = dials.filter((dial) => !known.has(dial));
  if (fresh.length === 0) return;
  const found = await surroundings.ownParts(fresh);
  for (const dial of fresh) known.set(dial, found.get(dial) ?? null);
}

/** Throws `unavailable` when no proxy answers: null means that a proxy answered and serves nothing. */
async function firstConfigured(proxies: readonly Proxy[]): Promise<Awaited<ReturnType<Proxy['configured']>>> {
  for (const [index, proxy] of proxies.entries()) {
    try {
      return await proxy.configured();
    } catch (error) {
      if (index === proxies.length - 1) throw error;
    }
  }
  return null;
}

function isUpstream(question: Question): question is Extract<Question, { kind: 'upstream' }> {
  return question.kind === 'upstream';
}

function isHandover(question: Question): question is HandoverQuestion {
  return ['certificate', 'key', 'secret-value', 'kept-value'].includes(question.kind);
}

/** Returns the largest skew among the reachable proxies, in milliseconds; null when no proxy tells its time. */
async function largestSkew(proxies: readonly Proxy[]): Promise<number | null> {
  const skews = await Promise.allSettled(proxies.map((proxy) => proxy.clockSkewMs()));
  const known = skews.flatMap((skew) => (skew.status === 'fulfilled' && skew.value !== null ? [skew.value] : []));
  return known.length === 0 ? null : Math.max(...known);
}

/** Names the answering proxies that lack a module; the others refuse the configuration later if they lack it. */
async function proxiesWithout(proxies: readonly Proxy[], module: ProxyModule): Promise<string[]> {
  const found = await Promise.allSettled(proxies.map((proxy) => proxy.hasModule(module)));
  return proxies.flatMap(({ name }, index) => {
    const one = found[index];
    return one?.status === 'fulfilled' && !one.value ? [name] : [];
  });
}

async function requestsOf(
  proxies: readonly Proxy[],
  hosts: readonly string[],
  seconds: number,
): Promise<(readonly [host: string, count: number | null])[]> {
  const counts = await Promise.allSettled(proxies.map((proxy) => proxy.recentRequests(hosts, seconds)));
  const known = counts.filter((count) => count.status === 'fulfilled').map((count) => count.value);
  return hosts.map((host) => {
    const total = known.reduce((sum, count) => sum + (count.get(host) ?? 0), 0);
    // One unknown count does not matter when another proxy already shows requests.
    return [host, known.length === counts.length || total > 0 ? total : null];
  });
}

/** Reads the end of each log: a proxy that can read that can read the rest. */
async function unreadableLogs(proxies: readonly Proxy[]): Promise<string[]> {
  const looks = await Promise.allSettled(proxies.map((proxy) => proxy.recentRequests([], 0)));
  return looks.flatMap((look) => (look.status === 'rejected' ? [(look.reason as Error).message] : []));
}
