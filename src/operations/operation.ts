import type { Change } from '../domain/log/commit.js';
import type { ManifestLocation } from '../domain/manifests/desired.js';
import type { Refusal } from '../domain/refusal.js';
import type { ResourceKind } from '../domain/resources/kinds.js';
import type { Claim } from '../domain/secrets/claim.js';
import type { State } from '../domain/log/state.js';
import type { Answers, Handover, Question, ReadFirst, LogQuestion } from './questions.js';
import type { z } from 'zod';

/** The context of a decision beside state and input. */
export interface Context {
  /** ISO 8601 UTC with milliseconds. */
  readonly now: string;
  readonly reason: string | null;
  /** The plan is only shown, not carried out. */
  readonly isPreview: boolean;
  /** Longest allowed bypass of sign-in. */
  readonly longestBypassMs: number;
}

/** Conditions that are checked after the change is live; when one fails, the operation is undone. */
export interface Expectations {
  /** Names of routes. Each host that they serve before or after must be answered by its route on every reachable proxy. */
  readonly hosts: readonly string[];
  /** Number of changed hosts that `hosts` leaves out. */
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
      /** Staged values that Hecate takes over before the commit. */
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
  /** True for a part of another command that is no command itself. */
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
  /** Returns true when a person at a terminal is asked for a reason. */
  asksReason?(input: z.infer<Schema>): boolean;
  /** Returns the domain or name that the operation changes, for workflow ids and search. */
  subject(input: z.infer<Schema>): string;
  /** Returns the location of manifests to read first; null: none. */
  manifests?(input: z.infer<Schema>): ManifestLocation | null;
  /** Returns its questions about the past. */
  logQuestions?(input: z.infer<Schema>): readonly LogQuestion[];
  /** Why the files that go with it cannot be right; asked at the command line before any of them is handed over. */
  handoverProblem?(input: z.infer<Schema>, handover: Handover, now: string): Refusal | null;
  /** Returns the questions about the world that `decide` needs answered. */
  questions?(state: State, input: z.infer<Schema>, first: ReadFirst): readonly Question[];
  decide(state: State, input: z.infer<Schema>, answers: Answers, context: Context): Decision;
}

/** Longest subject in characters, since workflow ids contain it. */
export const LONGEST_SUBJECT = 200;

/** Returns the operation as it is; infers the types of its functions from its schema. */
export function defineOperation<const Key extends string, Schema extends z.ZodObject>(
  operation: Operation<Schema, Key>,
): Operation<Schema, Key> {
  return operation;
}

/**
 * What a name is looked up in: the resources of a kind, all resources as `Kind/name`, the newest commits, who changed
 * resources, or schedules.
 */
export type NameSource = ResourceKind | 'Resource' | 'Commit' | 'Actor' | 'Schedule';

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
  /** The flag takes the name of one of these that exists; the shell completes it. */
  readonly names?: NameSource;
  /** Values that the shell completes where the type does not list them. */
  readonly suggests?: readonly string[];
  /** No flag: only Hecate itself sets the field. */
  readonly internal?: boolean;
}

/** Most hosts that are checked after a change, since one document serves all of them or none. */
const MOST_ASKED = 50;

/** Returns the hosts to check after a change: all of them, or an even sample of many. */
export function touchedHosts(hosts: readonly string[]): Pick<Expectations, 'hosts' | 'moreHosts'> {
  if (hosts.length <= MOST_ASKED) return { hosts };
  const step = (hosts.length - 1) / (MOST_ASKED - 1);
  const asked = Array.from({ length: MOST_ASKED }, (_, index) => hosts[Math.floor(index * step)] ?? '');
  return { hosts: asked, moreHosts: hosts.length - MOST_ASKED };
}
