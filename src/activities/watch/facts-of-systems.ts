import { claimAdvice, claimText, isClaim } from '../../domain/drift/claims.js';
import { driftSentence, type IdentityDrift } from '../../domain/drift/drift.js';
import type { CertificateFact, ComponentFact, NamedFact, NotaryFact, ServerFact } from '../../domain/health/facts.js';
import { compileIdentity } from '../../domain/identity/document.js';
import { bringsCertificate } from '../../domain/resources/tls.js';
import { hostsOf } from '../../domain/resources/route.js';
import { serversToCheck } from '../../domain/serving/route-health.js';
import { servedRoutes } from '../../domain/serving/served-route.js';
import { badServer } from '../../domain/serving/upstream-check.js';
import { Failure } from '../../ports/failure.js';
import type { Proxy } from '../../ports/proxy.js';
import type { Dependencies } from '../dependencies.js';
import { answersOf } from '../plan/ask-upstreams.js';

type Systems = Pick<Dependencies, 'log' | 'proxies' | 'running' | 'identity' | 'secrets' | 'converger'>;

/** A workflow that does not exist; Temporal answers that. */
const NO_WORKFLOW = 'hecate-no-such-workflow';

/** Returns the servers and processes that Hecate needs, each with what is wrong with it. */
export async function componentFacts(
  deps: Systems & { readonly notary: () => NotaryFact | null },
): Promise<readonly ComponentFact[]> {
  const { log, proxies, running, identity, secrets } = deps;
  const notary = deps.notary();
  const looks: readonly (readonly [name: string, isProxy: boolean, look: () => Promise<unknown>])[] = [
    ...proxies.map((proxy) => [proxy.name, true, () => served(proxy, log)] as const),
    ['nats', false, () => log.view()],
    ['temporal', false, () => running.isRunning(NO_WORKFLOW)],
    ...(secrets === null ? [] : [['vault', false, () => secrets.read('tls/none')] as const]),
    ...(identity === null ? [] : [[identity.name, false, () => identity.probe()] as const]),
  ];
  const asked = await Promise.all(
    looks.map(async ([name, isProxy, look]) => {
      const problem = await look().then(
        () => null,
        (error: unknown) => (error instanceof Error ? error.message : String(error)),
      );
      return { name, isProxy, problem };
    }),
  );
  return notary === null ? asked : [...asked, { name: 'notary', isProxy: false, problem: notary.problem }];
}

/** Throws when a proxy has no configuration of Hecate although the log has commits. */
async function served(proxy: Proxy, log: Systems['log']): Promise<void> {
  const [{ generation }, { state }] = await Promise.all([proxy.current(), log.view()]);
  if (generation !== null || state.head === null) return;
  const claims = await proxy.claims();
  const [why, advice] =
    claims.length === 0
      ? ['', 'Write it again: hecate update state reconcile']
      : [`: ${claims.map(claimText).join('; ')}`, claimAdvice(claims)];
  throw new Failure('missing', `it has no configuration of Hecate${why}. ${advice}`, { system: proxy.name });
}

/** Servers that are asked before the next ones are. */
const ASKED_AT_A_TIME = 250;

/** Asks every server that may get requests, each once, and returns those that give no good answer. */
export async function serverFacts({ log, proxies }: Pick<Systems, 'log' | 'proxies'>): Promise<readonly ServerFact[]> {
  const servers = servedRoutes((await log.view()).state).flatMap((served) =>
    serversToCheck(served).map((server) => ({ route: served.route.domain, server })),
  );
  const found: ServerFact[] = [];
  for (let from = 0; from < servers.length; from += ASKED_AT_A_TIME) {
    const some = servers.slice(from, from + ASKED_AT_A_TIME);
    const answerTo = await answersOf(
      proxies,
      some.map(({ server }) => server),
    );
    for (const { route, server } of some) {
      const problem = badServer(server, answerTo)?.text ?? null;
      if (problem !== null) found.push({ route, dial: server.dial, problem });
    }
  }
  return found;
}

/** Handshakes at a time, since each costs the proxy some work. */
const HANDSHAKES_AT_A_TIME = 16;

/** Returns the certificate that each proxy presents for each host. A host without one is left out: its route's health says so. */
export async function certificateFacts({
  log,
  proxies,
}: Pick<Systems, 'log' | 'proxies'>): Promise<readonly CertificateFact[]> {
  const routes = servedRoutes((await log.view()).state);
  const waiting = proxies
    .flatMap((proxy) => routes.flatMap(({ route }) => hostsOf(route).map((host) => ({ proxy, route, host }))))
    .values();
  const found: CertificateFact[] = [];
  const work = async () => {
    for (const { proxy, route, host } of waiting) {
      const shown = await proxy.certificate(host);
      if (shown === null) continue;
      const { issuer, notBefore, notAfter } = shown;
      const isIssued = !bringsCertificate(route.tls);
      found.push({ proxy: proxy.name, route: route.domain, host, issuer, notBefore, notAfter, isIssued });
    }
  };
  await Promise.all(Array.from({ length: HANDSHAKES_AT_A_TIME }, work));
  return found;
}

/** Returns the proxies whose configuration differs from the log. */
export async function proxyDriftFacts({ converger }: Pick<Systems, 'converger'>): Promise<readonly NamedFact[]> {
  return (await converger.drift()).flatMap(({ proxy, differences }) => {
    if (differences === null) throw new Failure('unavailable', `${proxy} does not answer`, { system: proxy });
    if (differences.length === 0) return [];
    const objects = [...new Set(differences.map(({ object }) => object))];
    const detail = detailOf(differences.length, listed(objects));
    return [{ name: proxy, detail: differences.some(isClaim) ? `${detail} --yes` : detail }];
  });
}

/** Returns the identity provider when it differs from the log. */
export async function identityDriftFacts({
  log,
  identity,
}: Pick<Systems, 'log' | 'identity'>): Promise<readonly NamedFact[]> {
  if (identity === null) return [];
  const differences = await identity.drift(compileIdentity((await log.view()).state));
  if (differences.length === 0) return [];
  // Differences that only a person can put right come first, since the list is cut.
  const [forPerson, others] = [differences.filter(isForPerson), differences.filter((one) => !isForPerson(one))];
  const sentences = listed([...forPerson, ...others].map(driftSentence));
  return [{ name: identity.name, detail: detailOf(differences.length, sentences) }];
}

function isForPerson({ problem }: IdentityDrift): boolean {
  return problem !== null;
}

function detailOf(count: number, what: string): string {
  return `${count === 1 ? '1 difference' : `${count} differences`} from the log: ${what}. Repair: hecate update state reconcile`;
}

/** Returns the systems that differ at two looks with `pause` between: while a change is written, a system differs for a moment. */
export async function lastingDrift(
  find: () => Promise<readonly NamedFact[]>,
  pause: () => Promise<void>,
): Promise<readonly NamedFact[]> {
  const first = new Set((await find()).map(({ name }) => name));
  if (first.size === 0) return [];
  await pause();
  return (await find()).filter(({ name }) => first.has(name));
}

const MOST_NAMED = 3;

function listed(names: readonly string[]): string {
  const more = names.length - MOST_NAMED;
  return names.slice(0, MOST_NAMED).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
