import { z } from 'zod';
import { durationMs, durationText } from '../values/duration.js';

const A_COUNT = 'a count is a whole number from 1 to 1000000';
const A_PERCENTAGE = 'a percentage is over 0 and at most 100';
const count = z.number().int(A_COUNT).min(1, A_COUNT).max(1_000_000, A_COUNT);
const percent = z.number().gt(0, A_PERCENTAGE).max(100, A_PERCENTAGE);
const within = durationText;

/**
 * What makes a rule active, each with its parameters. A rule is active once for each thing that fits, such as each server
 * that is down, and the labels of the alert name that thing.
 */
export const alertConditionSchema = z.discriminatedUnion('kind', [
  /** Answers 401 and 403 of a host. */
  z.strictObject({ kind: z.literal('sign-in-failures-by-host'), above: count, within }),
  /** Failed sign-ins of a user, as the identity provider tells them. */
  z.strictObject({ kind: z.literal('sign-in-failures-by-user'), above: count, within }),
  /** A server of an upstream gives no good answer. */
  z.strictObject({ kind: z.literal('upstream-down') }),
  /** Share of answers with a status of 500 or more, in percent, of at least so many requests of a route. */
  z.strictObject({ kind: z.literal('error-rate'), above: percent, within, requests: count }),
  /** A certificate has less than so many percent of its lifetime left, or has none of it. */
  z.strictObject({ kind: z.literal('certificate'), below: percent }),
  z.strictObject({ kind: z.literal('rotation-overdue') }),
  z.strictObject({ kind: z.literal('backup-overdue') }),
  z.strictObject({ kind: z.literal('drift') }),
  /** An operation failed or was undone in that time. */
  z.strictObject({ kind: z.literal('operation-failed'), within }),
  /** An operation has not ended for that time, or is stuck. */
  z.strictObject({ kind: z.literal('operation-stuck'), within }),
  /** A change in Git is not applied. */
  z.strictObject({ kind: z.literal('source-held') }),
  z.strictObject({ kind: z.literal('bypass-open') }),
  z.strictObject({ kind: z.literal('component-down') }),
  /** The file system of Hecate's home has less than so many percent free. */
  z.strictObject({ kind: z.literal('disk'), below: percent }),
  /** A sink takes no notifications. */
  z.strictObject({ kind: z.literal('sink-failing') }),
]);

/** The condition of an alert rule. */
export type AlertCondition = z.infer<typeof alertConditionSchema>;
/** Name of a kind of condition. */
export type AlertConditionKind = AlertCondition['kind'];

/** Every kind of condition, with the parameters that it has without others. A kind without a line does not compile. */
export const usualConditions: { readonly [K in AlertConditionKind]: Extract<AlertCondition, { readonly kind: K }> } = {
  'sign-in-failures-by-host': { kind: 'sign-in-failures-by-host', above: 50, within: '5m' },
  'sign-in-failures-by-user': { kind: 'sign-in-failures-by-user', above: 10, within: '10m' },
  'upstream-down': { kind: 'upstream-down' },
  'error-rate': { kind: 'error-rate', above: 5, within: '5m', requests: 20 },
  certificate: { kind: 'certificate', below: 25 },
  'rotation-overdue': { kind: 'rotation-overdue' },
  'backup-overdue': { kind: 'backup-overdue' },
  drift: { kind: 'drift' },
  'operation-failed': { kind: 'operation-failed', within: '15m' },
  'operation-stuck': { kind: 'operation-stuck', within: '15m' },
  'source-held': { kind: 'source-held' },
  'bypass-open': { kind: 'bypass-open' },
  'component-down': { kind: 'component-down' },
  disk: { kind: 'disk', below: 10 },
  'sink-failing': { kind: 'sink-failing' },
};

/** Labels that name the thing for which a condition holds, beside those of its rule. A kind without a line does not compile. */
export const conditionLabels: Readonly<Record<AlertConditionKind, readonly string[]>> = {
  'sign-in-failures-by-host': ['route'],
  'sign-in-failures-by-user': ['user'],
  'upstream-down': ['route', 'server'],
  'error-rate': ['route'],
  certificate: ['route', 'host', 'proxy'],
  'rotation-overdue': ['secret'],
  'backup-overdue': ['schedule'],
  drift: ['system'],
  'operation-failed': ['operation', 'subject', 'id'],
  'operation-stuck': ['operation', 'id'],
  'source-held': ['source'],
  'bypass-open': ['route'],
  'component-down': ['component'],
  disk: ['disk'],
  'sink-failing': ['sink'],
};

/** Every kind of condition. */
export const alertConditionKinds = Object.keys(usualConditions) as AlertConditionKind[];

/** The parameters that conditions may have. */
export const conditionParameters = z.strictObject({
  above: z.number().optional(),
  below: z.number().optional(),
  requests: z.number().optional(),
  within: z.string().optional(),
});

/** Returns the condition with these parameters and the usual others, or the reason why there is none, with the flags' names. */
export function conditionWith(
  usual: AlertCondition,
  given: z.infer<typeof conditionParameters>,
): AlertCondition | { readonly problem: string } {
  const set = Object.entries(given).filter(([, value]) => value !== undefined);
  const foreign = set.find(([name]) => !Object.hasOwn(usual, name));
  if (foreign !== undefined) {
    const own = Object.keys(usual).filter((name) => name !== 'kind');
    const has = own.length === 0 ? 'it has no parameters' : `it has ${own.map((name) => `--${name}`).join(', ')}`;
    return { problem: `the condition ${usual.kind} has no --${foreign[0]}; ${has}` };
  }
  const parsed = alertConditionSchema.safeParse({ ...usual, ...Object.fromEntries(set) });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const name = String(issue?.path[0]);
  const value = set.find(([one]) => one === name)?.[1];
  return { problem: `--${name} ${value}: ${issue?.message}` };
}

/** Longest time that a condition can look back at requests and sign-ins, and the shortest, which has some slots of ten seconds. */
export const [SHORTEST_WINDOW, LONGEST_WINDOW] = ['30s', '1h'] as const;

const WINDOWED: readonly AlertConditionKind[] = ['error-rate', 'sign-in-failures-by-host', 'sign-in-failures-by-user'];

/** Returns why the condition's time cannot be looked at; null: it can. Rules of older versions may have any. */
export function windowProblem(condition: AlertCondition): string | null {
  if (!WINDOWED.includes(condition.kind) || !('within' in condition)) return null;
  const ms = durationMs(condition.within);
  if (ms >= durationMs(SHORTEST_WINDOW) && ms <= durationMs(LONGEST_WINDOW)) return null;
  return `the condition ${condition.kind} looks at ${SHORTEST_WINDOW} to ${LONGEST_WINDOW}, not at ${condition.within}`;
}

/** Returns the condition on one line: `error-rate above=5 within=5m requests=20`. */
export function conditionText({ kind, ...parameters }: AlertCondition): string {
  return [kind, ...Object.entries(parameters).map(([name, value]) => `${name}=${value}`)].join(' ');
}
