import type { Answers, Question } from '../operations/operation.js';
import type { Proxy } from '../ports/proxy.js';
import type { Dependencies } from './dependencies.js';

/** Finds out what an operation wants to know of the world; what cannot be found out is null. Never throws. */
export async function answer(deps: Dependencies, questions: readonly Question[]): Promise<Answers> {
  const dials = new Map<string, boolean | null>();
  const requests = new Map<string, number | null>();
  await Promise.all(
    questions.map(async (question) => {
      switch (question.kind) {
        case 'dials':
          dials.set(question.dial, (await deps.proxies[0]?.dials(question.dial)) ?? null);
          return;
        case 'recent-requests':
          requests.set(question.host, await requestsOf(deps.proxies, question.host, question.seconds));
      }
    }),
  );
  return { dials: (dial) => dials.get(dial) ?? null, recentRequests: (host) => requests.get(host) ?? null };
}

async function requestsOf(proxies: readonly Proxy[], host: string, seconds: number): Promise<number | null> {
  const counts = await Promise.allSettled(proxies.map((proxy) => proxy.recentRequests(host, seconds)));
  const known = counts.filter((count) => count.status === 'fulfilled').map((count) => count.value);
  const total = known.reduce((sum, count) => sum + count, 0);
  // Unknown on one proxy is only harmless when another already shows use.
  return known.length === counts.length || total > 0 ? total : null;
}
