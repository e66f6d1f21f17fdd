// One file describes a read; help, flags, completion, output formats and exit codes follow from it. The bundle of the command
// line holds every description, so none of them imports a client of a server: what reaches the log and the worker comes in
// the context.
import type { z } from 'zod';
import type { State } from '../../domain/log/state.js';
import type { Refusal } from '../../domain/refusal.js';
import { Failure } from '../../ports/failure.js';
import type { ObservationReader } from '../../ports/observations.js';
import type { AlertReader } from '../../ports/alerts/memory.js';
import type { FigureReader } from '../../ports/figures.js';
import type { LogReader } from '../../ports/event-log.js';
import type { NameServers } from '../../ports/name-servers.js';
import type { CanaryView } from '../../workflows/contracts/canary.js';
import type { AlertTestResult } from '../../workflows/contracts/deliver-alerts.js';
import type {
  HealthInspection,
  HealthQuestion,
  IdentityInspection,
  ProxyInspection,
  ProxyQuestion,
  RequestsInspection,
  RequestsQuestion,
} from '../../workflows/contracts/inspection.js';
import type { OutputFormat } from '../print/output.js';

/** A command that looks at something and changes nothing. */
export interface Read<Schema extends z.ZodObject = z.ZodObject> {
  /** Words of the command, such as `['list', 'routes']`. A longer path comes after the shorter one that it begins with. */
  readonly path: readonly [string, ...string[]];
  /** One line of help. */
  readonly summary: string;
  /** Whole command lines after `hecate `. */
  readonly examples: readonly string[];
  /** Its fields are the flags: `.describe` gives their help, `.meta` is `FlagMeta`. */
  readonly input: Schema;
  /** A worker answers it, so an operator must sign the question; any role may. Absent: it reads the log itself. */
  readonly asksWorker?: true;
  /** Gives the command `--at`, for a look at the past. */
  readonly hasPast?: boolean;
  /** The part of the help that lists exit codes; default: those of every read. */
  readonly exitCodes?: string;
  /** Returns the schema of the data that `-o json` prints. */
  shape(): z.ZodType;
  /** Finds the answer. Throws `Failure`. */
  answer(input: z.infer<Schema>, context: ReadContext): Promise<Answer>;
}

/** The context in which a read answers. */
export interface ReadContext {
  /** ISO 8601 UTC with milliseconds. */
  readonly now: string;
  /** The format of `-o`. */
  readonly output: OutputFormat;
  /** Number of earlier answers; more than 0 only for reads that ask again. */
  readonly round: number;
  /** Returns the state at the log's end, or with `--at` as it was then. */
  readonly look: () => Promise<Look>;
  /** Returns the operator whose key this user has. Throws `denied` when there is none. */
  readonly operatorHere: () => Promise<OperatorHere>;
  /** Connects to the log for as long as `use` takes. */
  readonly withLog: <T>(use: (log: LogReader) => Promise<T>) => Promise<T>;
  /** Connects to the memory of alerts for as long as `use` takes. */
  readonly withAlerts: <T>(use: (alerts: AlertReader) => Promise<T>) => Promise<T>;
  /** Connects to the traffic figures for as long as `use` takes. */
  readonly withFigures: <T>(use: (figures: FigureReader) => Promise<T>) => Promise<T>;
  /** Connects to the observations beside the log for as long as `use` takes. */
  readonly withObservations: <T>(use: (observations: ObservationReader) => Promise<T>) => Promise<T>;
  /** The name servers, as this machine reaches them. */
  readonly names: NameServers;
  /** Returns a setting of the environment; empty: it is not set. */
  readonly settings: (name: string) => string;
  /** Connects to the worker for as long as `use` takes. */
  readonly withWorker: <T>(use: (worker: WorkerQuestions) => Promise<T>) => Promise<T>;
}

/** The operator whose key this user has. */
export interface OperatorHere {
  readonly name: string;
  readonly publicKey: string;
}

/** Questions to a worker. Each throws `unavailable` when no worker answers in time. */
export interface WorkerQuestions {
  inspectIdentity(): Promise<IdentityInspection>;
  /** Null: no canary runs there. */
  lookAtCanary(domain: string): Promise<CanaryView | null>;
  inspectHealth(question: HealthQuestion): Promise<HealthInspection>;
  inspectProxies(question: ProxyQuestion): Promise<ProxyInspection>;
  /** Sends a test alert to a sink; `isDryRun`: shows what would be sent. */
  testAlert(sink: string, isDryRun: boolean): Promise<AlertTestResult>;
  inspectRequests(question: Omit<RequestsQuestion, 'actor' | 'proof'>): Promise<RequestsInspection>;
}

/** A read's answer. */
export interface Answer {
  /** For `-o json` and `-o yaml`; absent: there is nothing to print. */
  readonly data?: unknown;
  /** Data is a list whose items are documents of their own in YAML. */
  readonly isDocuments?: boolean;
  /** Returns the answer for a person. */
  readonly text: () => string;
  /** Prints the answer itself, a line at a time, instead of `data` and `text`. */
  readonly lines?: (print: (line: string) => Promise<void>) => Promise<void>;
  /** `lines` end only by Ctrl-C, so that is no failure. */
  readonly isEndless?: true;
  /** The text may be long: on a terminal a pager shows it. */
  readonly isLong?: boolean;
  /** Lines for stderr, before the answer. */
  readonly talk?: readonly string[];
  /** Default 0. */
  readonly exitCode?: number;
  /** Milliseconds until the read asks again; absent: this is the last answer. */
  readonly askAgainAfterMs?: number;
}

/** The commit up to which a past state stands. */
export interface AsOf {
  readonly sequence: number;
  readonly at: string;
}

/** A state, and for a past one the commit up to which it stands. */
export interface Look {
  readonly state: State;
  readonly asOf: AsOf | null;
}

/** Types a read's functions from its schema. */
export function defineRead<Schema extends z.ZodObject>(read: Read<Schema>): Read<Schema> {
  return read;
}

/** Returns a refusal as the error of a read. */
export function absent({ kind, message, hint }: Refusal): Failure {
  return new Failure(kind, message, hint === undefined ? {} : { hint });
}
