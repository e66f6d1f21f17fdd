import type { Change } from '../domain/log/commit.js';
import type { ManifestLocation } from '../domain/manifests/desired.js';
import type { Refusal } from '../domain/refusal.js';
import type { Claim } from '../domain/secrets/claim.js';
import type { State } from '../domain/log/state.js';
import type { Answers, Handover, Question, ReadFirst, LogQuestion } from './questions.js';
import type { z } from 'zod';

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
  /** Names of routes. Each host that they serve before or after must be answered by its route on every reachable proxy. */
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
 * Its zod fields carry the help text (`.describe`) and flag metadata (`.meta`, see flag-meta.ts).
 */
export interface Operation<Schema extends z.ZodObject = z.ZodObject, Key extends string = string> {
  /** Stands in workflow ids, the log and summaries, e.g. `route.create`. */
  readonly key: Key;
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

/** Characters of a subject that may be any text: it stands in workflow ids. */
export const LONGEST_SUBJECT = 200;

/** Types an operation's functions from its schema. */
export function defineOperation<const Key extends string, Schema extends z.ZodObject>(
  operation: Operation<Schema, Key>,
): Operation<Schema, Key> {
  return operation;
}

/** Metadata of an input field that the command line reads. */
export interface FlagMeta {
  /** Flag without dashes; default: the field's name in kebab case. */
  readonly flag?: string;
  /** Flags of older versions that mean this one; accepted, and not shown in help. */
  readonly formerly?: readonly string[];
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

/** Hosts that are looked at after a change of many: one document serves all of them or none. */
const MOST_ASKED = 50;

/** What a change of these hosts is proved by: all of them, or some of very many, spread over all. */
export function touchedHosts(hosts: readonly string[]): Pick<Expectations, 'hosts' | 'moreHosts'> {
  if (hosts.length <= MOST_ASKED) return { hosts };
  const step = (hosts.length - 1) / (MOST_ASKED - 1);
  const asked = Array.from({ length: MOST_ASKED }, (_, index) => hosts[Math.floor(index * step)] ?? '');
  return { hosts: asked, moreHosts: hosts.length - MOST_ASKED };
}
