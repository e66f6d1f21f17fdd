// Proxies and secrets in memory, for tests; the contract suites prove them equal to the real ones. May import the domain and the ports.
import type { Generation } from '../../domain/log/commit.js';
import type { ProxyDocument } from '../../domain/caddy/document.js';
import type { ProxyModule } from '../../domain/middleware/kind.js';
import { createTally, type Answered } from '../../domain/canary/traffic.js';
import { concreteHost } from '../../domain/values/network/domain-name.js';
import { claimText, type Claim } from '../../domain/drift/claims.js';
import { Failure } from '../../ports/failure.js';
import type { Proxy, ServedCertificate, Visit, VisitRequest } from '../../ports/proxy.js';
import type { UpstreamAnswer, UpstreamCheck } from '../../domain/serving/upstream-check.js';

/** Behaviour of the fake proxy, which a test may also change during use. */
export interface MemoryProxyOptions {
  readonly name?: string;
  /** Caddy's error message for a document that it refuses; null when it accepts it. */
  refuses?: (document: ProxyDocument) => string | null;
  /** Error message with which it refuses every document for a reason of its own, such as a port in use; null: it does not. */
  ownRefusal?: string | null;
  /** Addresses of Hecate's server that servers of others listen on; none by default. */
  claims?: readonly Claim[];
  /** False: every call throws `unavailable`. */
  reachable?: boolean;
  /** Answer of an upstream server; by default each answers 200. */
  upstream?: (check: UpstreamCheck) => UpstreamAnswer;
  /** Answer to a visit; by default 200, or 404 where no route serves the host. */
  visit?: (request: VisitRequest) => Visit;
  /** False: it runs on another machine. True by default. */
  readonly isLocal?: boolean;
  recent?: (host: string) => number;
  open?: (dial: string) => number;
  /** Missing Caddy modules; none by default. */
  readonly lacks?: readonly ProxyModule[];
  /** False: reading the access log throws `unavailable`. True by default. */
  readable?: boolean;
  certificate?: (host: string) => ServedCertificate;
}

/** A request that one side of a canary answered. */
export interface MemoryRequest extends Answered {
  readonly mark: string;
  readonly beganMs: number;
}

/** A proxy in memory, for tests. It passes the same contract tests as the real one. */
export interface MemoryProxy extends Proxy {
  /** The options; a test may change them while operations run. */
  readonly options: MemoryProxyOptions;
  /** Accepted documents, oldest first. */
  readonly written: readonly ProxyDocument[];
  /** Drops the configuration, as a restart of Caddy may. */
  empty(): void;
  /** Records a request as if a visitor had made it. */
  answered(request: MemoryRequest): void;
}

/** Creates a {@link MemoryProxy} without configuration. */
export function createMemoryProxy(options: MemoryProxyOptions = {}): MemoryProxy {
  const name = options.name ?? 'caddy';
  const written: ProxyDocument[] = [];
  const requests: MemoryRequest[] = [];
  let live: ProxyDocument | null = null;
  let writes = 0;
  const reach = () => {
    if (options.reachable === false)
      throw new Failure('unavailable', `${name} at memory does not answer`, { system: name });
  };
  const readable = () => {
    if (options.readable === false)
      throw new Failure('unavailable', `${name}: cannot read the access log`, { system: name });
  };
  return {
    name,
    address: 'memory',
    removal: 'curl -X DELETE memory',
    options,
    written,
    empty() {
      live = null;
      writes++;
    },
    answered: (request) => void requests.push(request),
    async current() {
      reach();
      return { generation: live?.generation ?? null, guard: String(writes) };
    },
    async write(document, guard, { takes = false } = {}) {
      reach();
      if (guard !== String(writes)) return { kind: 'moved' };
      const { ownRefusal = null, claims: taken = [] } = options;
      if (taken.length > 0 && !takes) {
        return { kind: 'refused', message: taken.map(claimText).join('; '), isOwnReason: true };
      }
      if (ownRefusal !== null) return { kind: 'refused', message: ownRefusal, isOwnReason: true };
      const message = options.refuses?.(document) ?? null;
      if (message !== null) return { kind: 'refused', message };
      live = document;
      writes++;
      written.push(document);
      options.claims = [];
      return taken.length === 0 ? { kind: 'written' } : { kind: 'written', taken };
    },
    async configured() {
      reach();
      return live && (JSON.parse(JSON.stringify(live.server)) as Record<string, unknown>);
    },
    async wholeConfig() {
      reach();
      return { apps: { http: { servers: { hecate: live?.server } } } };
    },
    async claims() {
      reach();
      return options.claims ?? [];
    },
    async served(): Promise<Generation | null> {
      reach();
      return live?.generation ?? null;
    },
    async answeredBy(host, hash) {
      reach();
      return live?.generation.hash === hash ? revisionFor(live, host) : null;
    },
    ports: new Set([80, 443]),
    isLocal: options.isLocal ?? true,
    ask: async (check) => options.upstream?.(check) ?? { kind: 'answered', status: 200 },
    async visit(request) {
      reach();
      const status = live !== null && revisionFor(live, request.host) !== 'none' ? 200 : 404;
      return options.visit?.(request) ?? { kind: 'answered', status, headers: {}, untrusted: null };
    },
    async hasModule(module) {
      reach();
      return !options.lacks?.includes(module);
    },
    async certificate(host) {
      reach();
      return options.certificate?.(host) ?? null;
    },
    async openRequests(dial) {
      reach();
      return options.open?.(dial) ?? 0;
    },
    async clockSkewMs() {
      reach();
      return 0;
    },
    async recentRequests(hosts) {
      reach();
      readable();
      return new Map(hosts.map((host) => [host, options.recent?.(host) ?? 0]));
    },
    async findRequests() {
      readable();
      return { entries: [], left: 0, hasMore: false, cursor: null };
    },
    async traffic(mark, sinceMs, slowOverMs) {
      readable();
      const tally = createTally(slowOverMs);
      for (const one of requests) if (one.mark === mark && one.beganMs >= sinceMs) tally.add(one);
      return tally.traffic();
    },
  };
}

/** Revision of the most specific pattern that matches the host. */
function revisionFor({ revisions }: ProxyDocument, host: string): number | 'none' {
  const asked = concreteHost(host);
  return revisions.get(asked) ?? revisions.get(`*${asked.slice(asked.indexOf('.'))}`) ?? 'none';
}
