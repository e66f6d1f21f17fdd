import type { AnswerTo, ServerChecks, UpstreamAnswer, UpstreamCheck } from '../../domain/serving/upstream-check.js';
import type { Proxy } from '../../ports/proxy.js';

/** Checks that run at the same time. */
const AT_A_TIME = 64;
/** Time after which no further check begins, so that a plan of thousands of dead servers ends. */
const BEGIN_WITHIN_MS = 12_000;

/**
 * Asks upstream servers as a proxy on this machine would, or else as the first proxy would, and adds their answers to
 * `answers` by the check as JSON. Those that are there already are not asked again. Some stay without an answer when there are very many that do not answer.
 */
export async function askUpstreams(
  proxies: readonly Proxy[],
  questions: readonly { readonly check: UpstreamCheck }[],
  answers: Map<string, UpstreamAnswer>,
): Promise<void> {
  const proxy = proxies.find(({ isLocal }) => isLocal) ?? proxies[0];
  if (proxy === undefined) return;
  const deadline = Date.now() + BEGIN_WITHIN_MS;
  const fresh = questions.filter(({ check }) => !answers.has(JSON.stringify(check)));
  const waiting = fresh[Symbol.iterator]();
  const ask = async () => {
    for (const { check } of waiting) {
      if (Date.now() > deadline) return;
      answers.set(JSON.stringify(check), await proxy.ask(check));
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_A_TIME, fresh.length) }, ask));
}

/** Asks upstream servers, each check once, and returns the answers. See {@link askUpstreams}. */
export async function answersOf(proxies: readonly Proxy[], servers: readonly ServerChecks[]): Promise<AnswerTo> {
  const answers = new Map<string, UpstreamAnswer>();
  const checks = servers.flatMap((server) => server.checks.map((check) => [JSON.stringify(check), { check }] as const));
  await askUpstreams(proxies, [...new Map(checks).values()], answers);
  return (check) => answers.get(JSON.stringify(check)) ?? null;
}
