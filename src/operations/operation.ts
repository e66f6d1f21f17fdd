import type { z } from 'zod';
import type { CertificateFacts } from '../domain/certificate.js';
import type { Change } from '../domain/commit.js';
import type { Json } from '../domain/json.js';
import type { Desired } from '../domain/desired.js';
import type { ManifestLocation } from '../domain/manifest-location.js';
import type { ProxyModule } from '../domain/middleware/kind.js';
import type { Refusal } from '../domain/refusal.js';
import type { Claim } from '../domain/staged.js';
import type { State } from '../domain/state.js';
import type { LogAnswers, LogQuestion } from './log-questions.js';

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

/** What an operation knows beside state and input. */
export interface Context {
  /** ISO 8601 UTC with milliseconds. */
  readonly now: string;
  readonly reason: string | null;
  /** It is only to be looked at. */
  readonly isPreview: boolean;
  /** Longest bypass of sign-in. */
  readonly longestBypassMs: number;
}

/** What must hold after the change is live; otherwise the operation is undone. */
export interface Expectations {
  /** Hosts that must be answered by the route the state names for them, on every reachable proxy. */
  readonly hosts: readonly string[];
  /** How many more are touched than `hosts` names. */
  readonly moreHosts?: number;
  /** Dial addresses that must accept a connection. */
  readonly upstreams: readonly string[];
}

export type Decision =
  | {
      readonly kind: 'change';
      readonly changes: readonly Change[];
      readonly expect: Expectations;
      readonly warnings: readonly string[];
      /** What was handed over for it, to be made Hecate's own before the commit. */
      readonly claims?: readonly Claim[];
    }
  | { readonly kind: 'refuse'; readonly refusal: Refusal };

/**
 * One command of Hecate that is a single transaction. Pure: state, input and answers in, changes or a refusal out.
 * Its zod fields carry the help text (`.describe`) and flag metadata (`.meta`, see {@link FlagMeta}).
 */
export interface Operation<Schema extends z.ZodObject = z.ZodObject> {
  /** Stands in workflow ids, the log and summaries, e.g. `route.create`. */
  readonly key: string;
  /** Command path: verb, then noun, e.g. `['create', 'route']`. */
  readonly path: readonly [verb: string, noun: string];
  /** Not a command: a part of another one. */
  readonly isInternal?: boolean;
  readonly summary: string;
  /** Whole command lines after `hecate `. Executed by the end-to-end tests. */
  readonly examples: readonly string[];
  /** Idempotent: parsing its own output changes nothing. */
  readonly input: Schema;
  /**
   * Fields of which one must be given for this operation to be meant, where several share a command path. The one without
   * is meant otherwise.
   */
  readonly selectedBy?: readonly string[];
  /** Whether a person at a terminal is asked for a reason. */
  asksReason?(input: z.infer<Schema>): boolean;
  /** What it is about, for workflow ids and search: a domain or a name. */
  subject(input: z.infer<Schema>): string;
  /** Manifests that it has to read first; null: none. */
  manifests?(input: z.infer<Schema>): ManifestLocation | null;
  /** What it wants to know of the past. */
  logQuestions?(input: z.infer<Schema>): readonly LogQuestion[];
  /** Why the files that go with it cannot be right; asked at the command line before any of them is handed over. */
  handoverProblem?(input: z.infer<Schema>, handover: Handover, now: string): Refusal | null;
  /** What `decide` wants to know of the world. */
  questions?(state: State, input: z.infer<Schema>, first: ReadFirst): readonly Question[];
  decide(state: State, input: z.infer<Schema>, answers: Answers, context: Context): Decision;
}

/** Metadata of an input field that the command line reads. */
export interface FlagMeta {
  /** Flag without dashes; default: the field's name in kebab case. */
  readonly flag?: string;
  /** Placeholder in help, e.g. `host:port`. */
  readonly placeholder?: string;
  /** A record is given as repeated `name=value`; `none` alone is the empty one. */
  readonly repeatable?: boolean;
  /** A list is given with commas; `none` is the empty one. */
  readonly list?: boolean;
  /** A list is given item by item, by repeating the flag; `none` alone is the empty one. */
  readonly items?: boolean;
  /** A folder whose manifests the command line reads and hands over; a URL is read by the worker. */
  readonly manifests?: boolean;
  /** A time, given as people write it; the input has it as ISO 8601 UTC. */
  readonly moment?: boolean;
  /** Given without a value the flag means this one. */
  readonly bare?: string;
  /**
   * The flag names a file (`-`: standard input; `none` names none) whose content is the value. A `secret` one goes through
   * Vault: the value is the id under which it lies there.
   */
  readonly file?: 'text' | 'secret';
  /** Not a flag: only Hecate itself sets it. */
  readonly internal?: boolean;
}

/** Types an operation's functions from its schema. */
export function defineOperation<Schema extends z.ZodObject>(operation: Operation<Schema>): Operation<Schema> {
  return operation;
}
