import type { Generation } from '../../domain/log/commit.js';
import type { ProxyDocument } from '../../domain/caddy/document.js';
import type { ProxyModule } from '../../domain/middleware/kind.js';
import { createTally, type Answered } from '../../domain/canary/traffic.js';
import { Failure } from '../../ports/failure.js';
import type { Proxy, ServedCertificate } from '../../ports/proxy.js';

/** What a test can say about the fake, before or while it is used. */
export interface MemoryProxyOptions {
  readonly name?: string;
  /** Caddy's words when it refuses this document; null when it takes it. */
  refuses?: (document: ProxyDocument) => string | null;
  /** False: every call throws `Failure('unavailable')`. */
  reachable?: boolean;
  /** Dials that accept; all of them unless given. */
  dialable?: (dial: string) => boolean;
  recent?: (host: string) => number;
  open?: (dial: string) => number;
  /** Modules that it lacks; none unless given. */
  readonly lacks?: readonly ProxyModule[];
  /** False: its access log cannot be read. */
  readable?: boolean;
  certificate?: (host: string) => ServedCertificate;
}

/** A request that a side of a canary answered. */
export interface MemoryRequest extends Answered {
  readonly mark: string;
  readonly beganMs: number;
}

/** A proxy in memory with the contract of the real one. */
export interface MemoryProxy extends Proxy {
  /** Mutable: a test may change what it refuses while operations run. */
  readonly options: MemoryProxyOptions;
  /** Accepted documents, oldest first. */
  readonly written: readonly ProxyDocument[];
  /** As a Caddy restarted without its configuration. */
  empty(): void;
  /** As if visitors had made this request. */
  answered(request: MemoryRequest): void;
}

/** A fresh {@link MemoryProxy} without configuration. */
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
      throw new Failure('unavailable', `${name}: the access log cannot be read`, { system: name });
  };
  return {
    name,
    address: 'memory',
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
    async write(document, guard) {
      reach();
      if (guard !== String(writes)) return { kind: 'moved' };
      const message = options.refuses?.(document) ?? null;
      if (message !== null) return { kind: 'refused', message };
      live = document;
      writes++;
      written.push(document);
      return { kind: 'written' };
    },
    async configured() {
      reach();
      return live && (JSON.parse(JSON.stringify(live.server)) as Record<string, unknown>);
    },
    async served(): Promise<Generation | null> {
      reach();
      return live?.generation ?? null;
    },
    async answeredBy(host, hash) {
      reach();
      return live?.generation.hash === hash ? revisionFor(live, host) : null;
    },
    dials: async (dial) => options.dialable?.(dial) ?? true,
    async hasModule(module) {
      reach();
      return !options.lacks?.includes(module);
    },
    async certificate(host) {
      reach();
      return options.certificate?.(host) ?? null;
    },
    async answersCheck({ dial }) {
      return (options.dialable?.(dial) ?? true) ? 200 : null;
    },
    async openRequests(dial) {
      reach();
      return options.open?.(dial) ?? 0;
    },
    async clockSkewMs() {
      reach();
      return 0;
    },
    async recentRequests(host) {
      reach();
      readable();
      return options.recent?.(host) ?? 0;
    },
    async traffic(mark, sinceMs, slowOverMs) {
      readable();
      const tally = createTally(slowOverMs);
      for (const one of requests) if (one.mark === mark && one.beganMs >= sinceMs) tally.add(one);
      return tally.traffic();
    },
  };
}

/** The most specific pattern that covers the host. */
function revisionFor({ revisions }: ProxyDocument, host: string): number | 'none' {
  const asked = host.replace(/^\*/, 'hecate-probe');
  return revisions.get(asked) ?? revisions.get(`*${asked.slice(asked.indexOf('.'))}`) ?? 'none';
}
