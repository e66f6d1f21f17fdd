import type { CertificateFacts } from '../domain/values/certificate.js';
import type { Desired } from '../domain/manifests/desired.js';
import type { Json } from '../domain/data/json.js';
import type { ProxyModule } from '../domain/middleware/kind.js';
import type { LogAnswers } from './log-questions.js';

/** A question about the world that the plan activity answers before `decide` runs. */
export type Question =
  | { readonly kind: 'dials'; readonly dial: string }
  | { readonly kind: 'recent-requests'; readonly host: string; readonly seconds: number }
  /** Asked of the identity provider; when it cannot be asked the operation is refused. */
  | { readonly kind: 'groups'; readonly names: readonly string[] }
  | { readonly kind: 'flow'; readonly slug: string }
  | { readonly kind: 'certificate'; readonly chain: string }
  /** Whether what was handed over is the key of this certificate; asked of Vault, without which it is refused. */
  | { readonly kind: 'key'; readonly chain: string; readonly staged: string }
  /** The same for accounts. */
  | { readonly kind: 'accounts'; readonly staged: string; readonly place: string }
  | { readonly kind: 'clock' }
  /** What a proxy really runs. */
  | { readonly kind: 'configured' }
  | { readonly kind: 'module'; readonly module: ProxyModule }
  | { readonly kind: 'access-logs' };

/** What is known before the first question about the world can be asked. */
export interface ReadFirst extends LogAnswers {
  /** The manifests that were read; null when none were asked for. */
  desired(): Desired | null;
}

/** What a look at certificates and at what was handed over tells; asked at the command line and again by the worker. */
export interface Handover {
  /** What a chain in PEM says; null: it cannot be read. */
  certificate(chain: string): CertificateFacts | null;
  /** How the key that was handed over goes with a certificate. */
  key(chain: string, staged: string): KeyFinding;
  /** Why what was handed over is no list of accounts; null: it is. */
  accounts(staged: string): string | null;
}

/** `missing`: it was never handed over, or too long ago. */
export type KeyFinding = 'matches' | 'differs' | 'unreadable' | 'encrypted' | 'missing';

/** Answers by question; `null` where it could not be found out. */
export interface Answers extends ReadFirst, Handover {
  dials(dial: string): boolean | null;
  recentRequests(host: string): number | null;
  /** Which of these groups the identity provider does not have. */
  missingGroups(names: readonly string[]): readonly string[];
  hasFlow(slug: string): boolean;
  /** The largest difference between a proxy's clock and the worker's. */
  clockSkewMs(): number | null;
  /** Names of the reachable proxies that lack a module. */
  proxiesWithout(module: ProxyModule): readonly string[];
  /** Why access logs cannot be read, a sentence for each proxy where that is so. */
  unreadableLogs(): readonly string[];
  /** Host of the identity provider itself; null when none is configured. Needs no question. */
  identityHost(): string | null;
  /** Hecate's own server in the first proxy that answers; null: it has none. */
  configured(): Json | null;
}
