// The entry of workflows: the shapes of what they take, and the refusal of everything else. May import workflow code and contracts.
import { isObject, type Json } from '../../domain/data/json.js';
import type * as workflows from '../index.js';

/** Arguments of a workflow, signal or update, as anybody who reaches Temporal can send them. */
export type Arguments = readonly unknown[];

/** Returns true for arguments that the code behind it can work with. It need not believe them: activities verify them. */
export type Shape = (args: Arguments) => boolean;

/** The shapes of what one workflow takes: its input, and its signals and updates by name. */
export interface EntryShapes {
  readonly input: Shape;
  readonly signals?: Readonly<Record<string, Shape>>;
  readonly updates?: Readonly<Record<string, Shape>>;
}

/** Name of a workflow. Every other name runs the default export, which refuses. */
export type WorkflowType = Exclude<keyof typeof workflows, 'default'>;

const nothing: Shape = (args) => args.length === 0;

/** Every workflow. One without a line does not compile. Histories of older versions must fit, since they are replayed. */
export const shapes: { readonly [Name in WorkflowType]: EntryShapes } = {
  operation: { input: ([request]) => isRequest(request) },
  preview: { input: ([request]) => isRequest(request) },
  reconcile: { input: ([request]) => isReconcile(request) },
  scheduledReconcile: { input: ([run]) => isReconcile(run) || (isObject(run) && isText(run['schedule'])) },
  scheduledRotate: { input: ([run]) => isObject(run) && isText(run['schedule']) },
  scheduledBackup: { input: ([run]) => isObject(run) && isText(run['schedule']) },
  scheduledDrill: { input: ([run]) => isObject(run) && isText(run['schedule']) },
  recordDrill: { input: ([request]) => isRequest(request) },
  continuousBackup: { input: ([longest]) => isHistoryLength(longest) },
  recordEvent: { input: ([event]) => isRequest(event) },
  inspectHealth: {
    input: ([question]) =>
      isObject(question) && isTextOrNull(question['domain']) && isTextOrNull(question['after']) && isAsked(question),
  },
  inspectRequests: {
    input: ([question]) => isObject(question) && isTextOrNull(question['domain']) && isText(question['actor']),
  },
  inspectProxies: {
    input: ([question]) =>
      isObject(question) &&
      isTextOrNull(question['domain']) &&
      (question['request'] === undefined || isObject(question['request'])) &&
      isAsked(question),
  },
  inspectIdentity: {
    input: ([question]) => question === undefined || (isObject(question) && isText(question['actor'])),
  },
  revealSecret: {
    input: ([question]) => isObject(question) && isReveal(question) && isInitiated(question),
  },
  backup: { input: ([request]) => isBackup(request) },
  bypass: { input: ([domain]) => isName(domain), signals: { changed: nothing } },
  canary: {
    input: ([domain, memory, longest]) =>
      isName(domain) && (isNone(memory) || isObject(memory)) && isHistoryLength(longest),
    updates: { look: nothing },
  },
  identity: {
    input: ([applied, longest]) => (applied === undefined || isApplied(applied)) && isHistoryLength(longest),
    updates: { converge: ([call]) => isIdentityCall(call) },
  },
  rotation: { input: ([name, longest]) => isName(name) && isHistoryLength(longest), signals: { changed: nothing } },
  deliverAlerts: {
    input: ([sink, memory, longest]) =>
      isName(sink) && (isNone(memory) || isDelivery(memory)) && isHistoryLength(longest),
    signals: { notify: ([notification]) => isNotification(notification) },
  },
  testAlert: { input: ([question]) => isObject(question) && isText(question['sink']) && isAsked(question) },
  probation: { input: ([operation]) => isName(operation) },
  pulse: { input: nothing },
};

/** Returns the shapes of a workflow's entries; undefined: Hecate has no such workflow. */
export function shapesOf(type: string): EntryShapes | undefined {
  return Object.hasOwn(shapes, type) ? shapes[type as WorkflowType] : undefined;
}

/** Returns true when the arguments fit, and can be passed on as JSON. */
export function fits(shape: Shape | undefined, args: Arguments): boolean {
  return shape !== undefined && isShallow(args) && shape(args);
}

const LONGEST_TEXT = 10_000;
const LONGEST_NAME = 1_000;
/** Shortest history after which a workflow starts a new one: a caller must not make it do nothing else. */
const SHORTEST_HISTORY = 20;
const DEEPEST = 200;

/** A request of an operation or of an event. The plan activity verifies and parses it. */
function isRequest(request: unknown): boolean {
  if (!isObject(request)) return false;
  const { id, operation, subject } = request;
  return [id, operation, subject].every(isText) && isInitiated(request);
}

function isReconcile(request: unknown): boolean {
  return isObject(request) && isText(request['component']) && isInitiated(request);
}

/** The first activity verifies the request. */
function isBackup(request: unknown): boolean {
  return isRequest(request) && isObject(request) && Array.isArray(request['destinations']);
}

function isInitiated({ actor, onBehalfOf, reason }: Json): boolean {
  return isText(actor) && (onBehalfOf === undefined || isText(onBehalfOf)) && isTextOrNull(reason);
}

function isAsked({ actor }: Json): boolean {
  return actor === undefined || isText(actor);
}

function isReveal({ operation, subject, publicKey }: Json): boolean {
  return [operation, subject, publicKey].every(isText);
}

function isApplied(applied: unknown): boolean {
  return isObject(applied) && isSince(applied['provide']) && isSince(applied['withdraw']);
}

function isSince(since: unknown): boolean {
  if (isObject(since)) return Number.isSafeInteger(since['sequence']) && isText(since['seal']);
  return since === null || Number.isSafeInteger(since);
}

function isIdentityCall(call: unknown): boolean {
  if (!isObject(call)) return false;
  const { phases, extent } = call;
  const isWhole = Array.isArray(phases) && phases.length > 0 && phases.length <= 2;
  return (
    isWhole &&
    phases.every((phase) => phase === 'provide' || phase === 'withdraw') &&
    (extent === undefined || extent === 'changes' || extent === 'everything')
  );
}

/** Its activity verifies the seal. */
function isNotification(notification: unknown): boolean {
  if (!isObject(notification)) return false;
  const { id, sink, status, groupKey, alerts, at, seal } = notification;
  const isTime = typeof at === 'string' && !Number.isNaN(Date.parse(at));
  const isState = status === 'firing' || status === 'resolved';
  return (
    [id, sink, groupKey, seal].every(isText) && isTime && isState && Array.isArray(alerts) && alerts.every(isObject)
  );
}

/** The memory of the delivery to a sink. */
function isDelivery(memory: unknown): boolean {
  if (!isObject(memory) || !isObject(memory['state']) || !isObject(memory['state']['gaveUp'])) return false;
  const { groups, seen, goneRevision } = memory;
  const isGroup = (group: unknown) =>
    isObject(group) &&
    isText(group['key']) &&
    [group['attempts'], group['nextMs']].every(Number.isSafeInteger) &&
    Array.isArray(group['queue']) &&
    group['queue'].every(isNotification);
  const isRevision = goneRevision === null || Number.isSafeInteger(goneRevision);
  return Array.isArray(groups) && groups.every(isGroup) && Array.isArray(seen) && seen.every(isText) && isRevision;
}

function isHistoryLength(length: unknown): boolean {
  return length === undefined || (Number.isSafeInteger(length) && (length as number) >= SHORTEST_HISTORY);
}

function isNone(value: unknown): boolean {
  return value === undefined || value === null;
}

function isName(value: unknown): boolean {
  return typeof value === 'string' && value !== '' && value.length <= LONGEST_NAME;
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value.length <= LONGEST_TEXT;
}

function isTextOrNull(value: unknown): boolean {
  return value === null || isText(value);
}

/** Returns true for a value that is not nested so deeply that writing it as JSON overflows the stack. */
function isShallow(value: unknown): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > DEEPEST) return false;
    level = level.flatMap((one) =>
      typeof one === 'object' && one !== null && !ArrayBuffer.isView(one) ? (Object.values(one) as unknown[]) : [],
    );
  }
  return true;
}
