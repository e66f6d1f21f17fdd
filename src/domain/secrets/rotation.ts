import { z } from 'zod';
import { intervalMs, intervalText } from '../values/interval.js';
import { stagedId } from '../values/staged.js';

/** Ways to rotate: with a time in which both values are valid, or without. */
export const strategies = ['dual-secret', 'immediate'] as const;
/** A value of {@link strategies}. */
export type Strategy = (typeof strategies)[number];

/** The phases of a rotation in the order of dual-secret. `undo` takes back one that did not come to its commit. */
export const phases = [
  'preflight',
  'issue',
  'store',
  'distribute',
  'prove',
  'commit',
  'grace',
  'revoke',
  'prove-refused',
  'undo',
] as const;
/** Name of a phase. */
export type Phase = (typeof phases)[number];

/** Phases at which a rotation can be held for a person. */
export const holdable = phases.filter((phase) => phase !== 'preflight' && phase !== 'undo') as [Phase, ...Phase[]];

/** Time in which both values are valid: a duration, `0s`, or until the next rotation. */
export const graceText = z
  .string()
  .overwrite((text) => graceOf(text) ?? text)
  .refine((text) => graceOf(text) !== null, { message: 'give a duration such as 1h or 7d, 0s, or until-next' });

function graceOf(text: string): string | null {
  const grace = text.trim().toLowerCase();
  return grace === '0s' || grace === 'until-next' ? grace : (intervalText.safeParse(grace).data ?? null);
}

/** Attempts of one phase before it is given up, and the longest pause between two. */
export const MOST_ATTEMPTS = 100;
/** Attempts of one phase unless a command says otherwise. */
export const USUAL_ATTEMPTS = 10;
/** Grace unless a command or the secret's policy says otherwise. */
export const USUAL_GRACE = '1h';

/** One value of a secret: its number, and the id in its path in Vault. */
export const editionSchema = z.strictObject({ version: z.number().int().min(1), edition: stagedId });
/** A value of {@link editionSchema}. */
export type Edition = z.infer<typeof editionSchema>;

const sentence = z.string().max(2_000);
const time = z.iso.datetime();

/** A rotation that runs. It is a part of its secret, so a secret has at most one. */
export const rotationSchema = z.strictObject({
  /** Id of the operation that began it. */
  id: z.string().min(1).max(64),
  strategy: z.enum(strategies),
  /** The old value leaked: it is revoked first, where the kind can issue without it. */
  revokesFirst: z.boolean(),
  phase: z.enum(phases),
  phaseSince: time,
  startedAt: time,
  /** Who began it, as people read it. */
  by: z.string().min(1).max(600),
  /** The value in force when it began. */
  former: editionSchema,
  /** The new value. */
  next: editionSchema,
  /** A value of an earlier rotation that stayed valid until this one; revoked before the new one is issued. */
  older: editionSchema.nullable(),
  /** A person brought the new value in a file. */
  isBrought: z.boolean(),
  grace: graceText,
  /** End of the grace period; null: none has begun, or it lasts until the next rotation. */
  graceUntil: time.nullable(),
  holdAt: z.enum(phases).nullable(),
  /** Waits at `holdAt` for `finish secret rotation`. */
  isHeld: z.boolean(),
  maxAttempts: z.number().int().min(1).max(MOST_ATTEMPTS),
  /** Attempts in this phase that failed, or were to write the proxies. */
  attempts: z.number().int().min(0),
  /** The last failure; null: none since the phase began. */
  problem: sentence.nullable(),
  /** Nothing goes on by itself: a person must act. */
  isStuck: z.boolean(),
  /** Time at which the old value was revoked. */
  revokedAt: time.nullable(),
  /** Milliseconds from the revocation of the old value until the new one was proven; null: no such time. */
  downMs: z.number().int().min(0).nullable(),
});
/** A running rotation as the log holds it. */
export type Rotation = z.infer<typeof rotationSchema>;

/** The end of a rotation. `still-accepted`: revoked, and the system accepts the old value all the same. */
export const rotationResults = ['completed', 'undone', 'still-accepted'] as const;

/** The last rotation that ended. */
export const endedRotationSchema = z.strictObject({
  id: z.string().min(1).max(64),
  strategy: z.enum(strategies),
  result: z.enum(rotationResults),
  startedAt: time,
  endedAt: time,
  /** Why it did not complete; null: it did. */
  problem: sentence.nullable(),
  downMs: z.number().int().min(0).nullable(),
});
/** A value of {@link endedRotationSchema}. */
export type EndedRotation = z.infer<typeof endedRotationSchema>;

/** A user of a secret that was seen with a value. */
export const consumerSchema = z.strictObject({
  name: z.string().min(1).max(300),
  version: z.number().int().min(1),
  since: time,
});
/** A value of {@link consumerSchema}. */
export type Consumer = z.infer<typeof consumerSchema>;

/** Intended rotation of a secret. Its schedule holds it; see `rotationPolicy`. */
export const policySchema = z.strictObject({
  /** Interval; null: only on request. */
  every: intervalText.nullable(),
  strategy: z.enum(strategies),
  grace: graceText,
  /** Older values that Vault keeps beside the one in force. */
  keepVersions: z.number().int().min(0).max(100),
});
/** A value of {@link policySchema}. */
export type RotationPolicy = z.infer<typeof policySchema>;

type Course = Pick<Rotation, 'strategy' | 'revokesFirst'>;

/** Returns the phases of a rotation in their order, without `undo`. */
export function courseOf({ strategy, revokesFirst }: Course): readonly Phase[] {
  if (strategy === 'dual-secret')
    return [
      ...['preflight', 'issue', 'store', 'distribute', 'prove', 'commit', 'grace', 'revoke', 'prove-refused'],
    ] as Phase[];
  if (revokesFirst) return ['preflight', 'revoke', 'issue', 'store', 'distribute', 'commit', 'prove', 'prove-refused'];
  return ['preflight', 'issue', 'store', 'distribute', 'commit', 'revoke', 'prove', 'prove-refused'];
}

/** Returns the phase after this one; null: it is the last. */
export function phaseAfter(rotation: Rotation): Phase | null {
  const course = courseOf(rotation);
  return course[course.indexOf(rotation.phase) + 1] ?? null;
}

/** Returns true when a rotation has reached a phase of its course. */
export function hasReached(rotation: Rotation, phase: Phase): boolean {
  if (rotation.phase === 'undo') return false;
  const course = courseOf(rotation);
  return course.indexOf(rotation.phase) >= course.indexOf(phase);
}

/** Returns true after the commit point: the new value is in force. */
export function isCommitted(rotation: Rotation): boolean {
  return rotation.phase !== 'commit' && hasReached(rotation, 'commit');
}

/** A secret as far as its rotation concerns it. */
export interface Rotating {
  readonly version: number;
  readonly edition: string;
  /** Time since when the value is in force; null: since the secret was created. */
  readonly since: string | null;
  readonly rotation: Rotation | null;
  readonly lastRotation: EndedRotation | null;
  readonly consumers: readonly Consumer[];
}

/** Returns the values that the proxies accept: the one in force first. */
export function acceptedEditions({ version, edition, rotation }: Rotating): readonly Edition[] {
  const current = { version, edition };
  if (rotation === null) return [current];
  const { former, next, older } = rotation;
  const accepted: Edition[] = [];
  if (hasReached(rotation, 'distribute')) accepted.push(next);
  if (rotation.phase === 'undo' ? rotation.revokedAt === null : !hasReached(rotation, 'revoke')) accepted.push(former);
  if (older !== null && rotation.phase === 'preflight') accepted.push(older);
  return accepted.toSorted((a, b) => Number(b.edition === edition) - Number(a.edition === edition));
}

/** Returns the newest value that the proxies accept, for kinds of which they use one; null: none is accepted now. */
export function servedEdition(secret: Rotating): Edition | null {
  const [newest = null] = acceptedEditions(secret).toSorted((a, b) => b.version - a.version);
  return newest;
}

/** What happened in a phase. */
export type PhaseEvent =
  /** The work of the phase is done. `consumers`: users that were seen with the new value. */
  | { readonly kind: 'done'; readonly consumers?: readonly { readonly name: string; readonly since: string }[] }
  /** The proxies are to be written by an operation. `problem`: why the last one failed; null: it is the first. */
  | { readonly kind: 'trying'; readonly problem: string | null }
  /** A person must act. */
  | { readonly kind: 'stuck'; readonly problem: string }
  /** An attempt failed, and another one follows. */
  | { readonly kind: 'failing'; readonly problem: string }
  /** Given up. Before the commit point the rotation is undone, after it a person must act. */
  | { readonly kind: 'failed'; readonly problem: string }
  /** The system still accepts the revoked value. */
  | { readonly kind: 'still-accepted'; readonly problem: string }
  /** A person wants it undone. */
  | { readonly kind: 'cancelled'; readonly by: string }
  /** A person wants it to go on: past a hold, past the rest of the grace period, or after it was stuck. */
  | { readonly kind: 'finish' };

/** Returns the secret after an event in the phase of its rotation. Pure. Throws for a secret without a rotation. */
export function afterEvent<S extends Rotating>(secret: S, event: PhaseEvent, now: string): S {
  const { rotation } = secret;
  if (rotation === null) throw new TypeError('the secret has no rotation');
  switch (event.kind) {
    case 'trying':
    case 'failing': {
      const problem = event.problem?.slice(0, LONGEST_PROBLEM) ?? null;
      return { ...secret, rotation: { ...rotation, attempts: rotation.attempts + 1, problem } };
    }
    case 'stuck':
      return { ...secret, rotation: { ...rotation, problem: event.problem.slice(0, LONGEST_PROBLEM), isStuck: true } };
    case 'failed':
      return given(secret, rotation, { problem: event.problem.slice(0, LONGEST_PROBLEM), now });
    case 'cancelled':
      return given(secret, rotation, { problem: `cancelled by ${event.by}`, now });
    case 'still-accepted':
      return ended(secret, rotation, {
        result: 'still-accepted',
        problem: event.problem.slice(0, LONGEST_PROBLEM),
        now,
      });
    case 'finish':
      return finished(secret, rotation, now);
    case 'done':
      return done(secret, rotation, { consumers: event.consumers ?? [], now });
  }
}

const LONGEST_PROBLEM = 2_000;
const MOST_CONSUMERS = 50;

function given<S extends Rotating>(
  secret: S,
  rotation: Rotation,
  { problem, now }: { readonly problem: string; readonly now: string },
): S {
  // Nothing is left to go back to, or the failure is that of the undo.
  const isStuck = isCommitted(rotation) || rotation.revokedAt !== null || rotation.phase === 'undo';
  if (isStuck) return { ...secret, rotation: { ...rotation, problem, isStuck } };
  // Nothing was changed yet.
  if (rotation.phase === 'preflight') {
    return { ...ended(secret, rotation, { result: 'undone', problem, now }), rotation: graceOfOlder(secret, rotation) };
  }
  return {
    ...secret,
    rotation: { ...rotation, phase: 'undo', phaseSince: now, attempts: 0, problem, isHeld: false, holdAt: null },
  };
}

/** Returns the grace period without an end that a failed rotation interrupted, of a value that is valid still; null: there was none. */
function graceOfOlder({ since }: Rotating, rotation: Rotation): Rotation | null {
  const { older, former, startedAt } = rotation;
  if (older === null) return null;
  return {
    ...rotation,
    ...{ strategy: 'dual-secret', revokesFirst: false, phase: 'grace', phaseSince: since ?? startedAt },
    ...{ former: older, next: former, older: null, isBrought: false, grace: 'until-next', graceUntil: null },
    ...{ holdAt: null, isHeld: false, attempts: 0, problem: null, isStuck: false, revokedAt: null, downMs: null },
  };
}

/** Returns a secret whose rotation stays in its grace period until the next one, which begins now: it is over. */
export function superseded<S extends Rotating>(secret: S, now: string): S {
  const { rotation } = secret;
  return rotation === null ? secret : ended(secret, rotation, { result: 'completed', problem: null, now });
}

function finished<S extends Rotating>(secret: S, rotation: Rotation, now: string): S {
  const going: Rotation = { ...rotation, isHeld: false, isStuck: false, attempts: 0, problem: null };
  if (going.isHeld !== rotation.isHeld || rotation.isStuck) {
    const holdAt = rotation.isHeld ? null : rotation.holdAt;
    return { ...secret, rotation: { ...going, holdAt } };
  }
  return { ...secret, rotation: { ...going, graceUntil: rotation.phase === 'grace' ? now : rotation.graceUntil } };
}

function done<S extends Rotating>(
  secret: S,
  rotation: Rotation,
  {
    consumers,
    now,
  }: { readonly consumers: readonly { readonly name: string; readonly since: string }[]; readonly now: string },
): S {
  const { phase, next } = rotation;
  if (phase === 'undo') {
    // The next rotation gives its number to another value.
    const others = secret.consumers.filter(({ version }) => version !== next.version);
    return ended({ ...secret, consumers: others }, rotation, { result: 'undone', problem: rotation.problem, now });
  }
  const following = phaseAfter(rotation);
  const seen = phase === 'prove' ? withUses(secret.consumers, consumers, next.version) : secret.consumers;
  const current = phase === 'commit' ? { version: next.version, edition: next.edition, since: now } : {};
  const whole = { ...secret, ...current, consumers: seen };
  if (following === null) return ended(whole, rotation, { result: 'completed', problem: null, now });
  return { ...whole, rotation: entering(rotation, following, now) };
}

/** Returns the rotation at the beginning of a phase. */
function entering(rotation: Rotation, phase: Phase, now: string): Rotation {
  const { grace, holdAt, revokedAt } = rotation;
  const isRevoked = rotation.phase === 'revoke';
  const down = rotation.phase === 'prove' && revokedAt !== null ? Date.parse(now) - Date.parse(revokedAt) : null;
  return {
    ...rotation,
    phase,
    phaseSince: now,
    attempts: 0,
    problem: null,
    older: phase === 'store' ? null : rotation.older,
    graceUntil: phase === 'grace' && grace !== 'until-next' ? after(now, grace) : rotation.graceUntil,
    isHeld: holdAt === phase,
    revokedAt: isRevoked ? rotation.phaseSince : revokedAt,
    downMs: down === null ? rotation.downMs : Math.max(0, down),
  };
}

function after(now: string, grace: string): string {
  return new Date(Date.parse(now) + intervalMs(grace)).toISOString();
}

function ended<S extends Rotating>(
  secret: S,
  { id, strategy, startedAt, downMs }: Rotation,
  {
    result,
    problem,
    now,
  }: { readonly result: EndedRotation['result']; readonly problem: string | null; readonly now: string },
): S {
  return {
    ...secret,
    rotation: null,
    lastRotation: { id, strategy, result, startedAt, endedAt: now, problem, downMs },
  };
}

function withUses(
  known: readonly Consumer[],
  seen: readonly { readonly name: string; readonly since: string }[],
  version: number,
): readonly Consumer[] {
  const uses = new Map(known.map((one) => [one.name, one]));
  for (const { name, since } of seen) uses.set(name, { name: name.slice(0, 300), version, since });
  return [...uses.values()]
    .toSorted((a, b) => b.version - a.version || (a.name < b.name ? -1 : 1))
    .slice(0, MOST_CONSUMERS);
}
