import type { Change } from '../domain/log/commit.js';
import type { Desired, ManifestLocation } from '../domain/manifests/desired.js';
import type { MergeReport } from '../domain/log/later-change.js';
import type { Refusal } from '../domain/refusal.js';
import type { ResourceKind } from '../domain/resources/kinds.js';
import type { Minting } from '../domain/secrets/minting.js';
import type { Claim } from '../domain/secrets/claim.js';
import type { State } from '../domain/log/state.js';
import type { Answers, Handover, Question, ReadFirst, LogQuestion } from './questions.js';
import type { Role } from '../domain/values/role.js';
import type { z } from 'zod';

export type { Answers, Handover, KeyFinding, Question } from './questions.js';

/** Facts about a request that a decision may use besides state, input and answers. */
export interface Context {
  /** Time of the decision: ISO 8601 UTC with milliseconds. */
  readonly now: string;
  /** The operator who requests it. */
  readonly actor: string;
  /** Reason that the person gave; null: none. */
  readonly reason: string | null;
  /** True when the plan is only shown and not carried out. */
  readonly isPreview: boolean;
  /** Longest allowed bypass of sign-in, in milliseconds. */
  readonly longestBypassMs: number;
}

/** Conditions that are checked after the change is live; when one fails, the operation is undone. */
export interface Expectations {
  /** Names of routes. Each host that they serve before or after must be answered by its route on every reachable proxy. */
  readonly hosts: readonly string[];
  /** Number of changed hosts that `hosts` leaves out. */
  readonly moreHosts?: number;
}

/** The result of `decide`: the changes to commit, or a refusal. An empty list of changes means that nothing needs to change. */
export type Decision =
  | ChangeDecision
  | {
      readonly kind: 'refuse';
      readonly refusal: Refusal;
      /** The changes that `--force` or `--yes` would carry out, for a dry run to show. */
      readonly refused?: ChangeDecision;
    };

/** A decision to commit changes. */
export interface ChangeDecision {
  readonly kind: 'change';
  readonly changes: readonly Change[];
  readonly expect: Expectations;
  readonly warnings: readonly string[];
  /** Later changes that merging a source met; absent: none. */
  readonly merge?: MergeReport;
  /** Staged values that Hecate takes over before the commit. */
  readonly claims?: readonly Claim[];
}

/**
 * One command of Hecate that is a single transaction. Pure: state, input and answers in, changes or a refusal out.
 * Its zod fields carry the help text (`.describe`) and flag metadata (`.meta`, see `FlagMeta`).
 */
export interface Operation<Schema extends z.ZodObject = z.ZodObject, Key extends string = string> {
  /** Name of the operation in workflow ids, the log and summaries, e.g. `route.create`. */
  readonly key: Key;
  /** Command path: verb, then noun, e.g. `['create', 'route']` or `['create', 'schedule', 'reconcile']`. */
  readonly path: readonly [verb: string, noun: string, ...more: string[]];
  /**
   * Lowest role of an operator who may carry it out; default: `operator`. A dry run needs only `viewer`. Its changes need
   * the roles of their kinds too, whatever this says.
   */
  readonly role?: Role;
  /** True for an operation that only another command runs; it has no command of its own. */
  readonly isInternal?: boolean;
  /** One line of help, in the imperative. */
  readonly summary: string;
  /** Complete command lines without the leading `hecate `. The end-to-end tests run them. */
  readonly examples: readonly string[];
  /** Schema of the input. Idempotent: parsing its output again changes nothing. */
  readonly input: Schema;
  /**
   * Fields that select this operation among several with the same command path: one of them must be given. When none of
   * them is given, the operation without `selectedBy` runs.
   */
  readonly selectedBy?: readonly string[];
  /** Returns true when the command line asks a person at a terminal for a reason. */
  asksReason?(input: z.infer<Schema>): boolean;
  /** Returns the domain or name that the operation changes, for workflow ids and search. */
  subject(input: z.infer<Schema>): string;
  /** Returns the location of manifests to read first; null: none. */
  manifests?(input: z.infer<Schema>): ManifestLocation | null;
  /** Returns the hash of the target of a restore, which the command line handed over; absent: the operation has none. */
  restores?(input: z.infer<Schema>): string;
  /** Returns the operation's questions about the past. `desired`: the manifests that were read; null: the operation has none. */
  logQuestions?(input: z.infer<Schema>, state: State, desired: Desired | null): readonly LogQuestion[];
  /**
   * Returns the forms of secret values that the command line makes at random, by the fields that get their ids. The values go
   * through Vault like those in files.
   */
  mints?(input: z.infer<Schema>): Readonly<Record<string, Minting>>;
  /**
   * Returns the destinations of backups in S3 whose access, from the variables of AWS, the command line hands over through Vault.
   * Their ids go into the field `access`.
   */
  handsAccessTo?(input: z.infer<Schema>): readonly string[];
  /** Returns the refusal of the files given with the command; null: they are usable. The command line asks before it uploads any of them. */
  handoverProblem?(input: z.infer<Schema>, handover: Handover, now: string): Refusal | null;
  /** Returns the questions about the outside world that `decide` needs answered. */
  questions?(state: State, input: z.infer<Schema>, first: ReadFirst): readonly Question[];
  /** Returns the changes to commit, or a refusal. Pure. */
  decide(state: State, input: z.infer<Schema>, answers: Answers, context: Context): Decision;
}

/** Longest subject in characters, since workflow ids contain it. */
export const LONGEST_SUBJECT = 200;

/** Operations of the kinds that only an admin changes must say so: without it, `operator` would do. */
type RoleOf<Key extends string> = Key extends `operator.${string}` ? { readonly role: 'admin' } : unknown;

/** Returns the operation unchanged; infers the types of its functions from its schema. */
export function defineOperation<const Key extends string, Schema extends z.ZodObject>(
  operation: Operation<Schema, Key> & RoleOf<Key>,
): Operation<Schema, Key> {
  return operation;
}

/** Returns the lowest role of an operator who may carry out an operation. */
export function roleFor({ role = 'operator' }: Pick<Operation, 'role'>): Role {
  return role;
}

/** Things whose names a flag takes: resources of a kind, all resources (`Kind/name`), the newest commits, or actors. */
export type NameSource = ResourceKind | 'Resource' | 'Commit' | 'Actor';

/** Metadata of an input field that the command line reads. */
export interface FlagMeta {
  /** Name of the flag without dashes; default: the field's name in kebab case. */
  readonly flag?: string;
  /** Names of the flag in older versions; still accepted, and not shown in help. */
  readonly formerly?: readonly string[];
  /** Placeholder in help, e.g. `host:port`. */
  readonly placeholder?: string;
  /** True for a record, given by repeating the flag with `name=value`; `none` alone means an empty record. */
  readonly repeatable?: boolean;
  /** True for a list, given with commas; `none` means an empty list. */
  readonly list?: boolean;
  /** True for a list, given by repeating the flag; `none` alone means an empty list. */
  readonly items?: boolean;
  /** True for a source of manifests: a folder, which the command line reads and uploads, or a URL, which the worker reads. */
  readonly manifests?: boolean;
  /** True for a time, given in any notation of `moment.ts`; the input holds it as ISO 8601 UTC. */
  readonly moment?: boolean;
  /** Value of the flag when it is given without one. */
  readonly bare?: string;
  /**
   * Set when the flag names a file (`-`: standard input; `none`: no file) whose content is the value. A `secret` file is
   * uploaded to Vault, and the value is its id there.
   */
  readonly file?: 'text' | 'secret';
  /**
   * Set for the public half of an operator's key: the command line makes the pair and gives the private half to the person
   * when the operation has completed. `always`: unless the flag gives a public key; `on-request`: with `--new-key`.
   */
  readonly keyPair?: 'always' | 'on-request';
  /** Names of existing things that the flag takes; the shell completes them. */
  readonly names?: NameSource;
  /** Values that the shell completes when the type does not list them. */
  readonly suggests?: readonly string[];
  /** True for a field without a flag, which only Hecate sets. */
  readonly internal?: boolean;
}

/** Most hosts that are checked after a change. A sample is enough, since one document serves all hosts or none. */
const MOST_ASKED = 50;

/** Returns the hosts to check after a change: all of them, or an even sample of many. */
export function touchedHosts(hosts: readonly string[]): Pick<Expectations, 'hosts' | 'moreHosts'> {
  if (hosts.length <= MOST_ASKED) return { hosts };
  const step = (hosts.length - 1) / (MOST_ASKED - 1);
  const asked = Array.from({ length: MOST_ASKED }, (_, index) => hosts[Math.floor(index * step)] ?? '');
  return { hosts: asked, moreHosts: hosts.length - MOST_ASKED };
}
