import { z } from 'zod';
import type { Secret } from '../../../domain/resources/secret.js';
import { rotationDue, rotationPolicy } from '../../../domain/log/rotation-due.js';
import { all, type State, type StoredResource } from '../../../domain/log/state.js';
import { secretKindOf } from '../../../domain/secrets/kinds.js';
import {
  consumerSchema,
  endedRotationSchema,
  hasReached,
  phases,
  policySchema,
  rotationSchema,
  USUAL_GRACE,
  type Rotation,
  type RotationPolicy,
} from '../../../domain/secrets/rotation.js';
import { rotationNext, wayOut } from '../../../domain/secrets/rotation-words.js';

/** A value of a secret, as far as the log knows it. */
export interface SecretVersion {
  readonly version: number;
  /** `new`: not in force yet. `valid`: no more in force, and still accepted. `kept`: refused, and still in Vault. */
  readonly state: 'in-force' | 'new' | 'valid' | 'kept';
  /** End of its validity, ISO 8601 UTC; null: none is set. */
  readonly until: string | null;
}

/** The rotation that runs, without the ids of values, which are parts of paths in Vault. */
export interface RunningRotation extends Omit<Rotation, 'former' | 'next' | 'older'> {
  /** Version in force when it began. */
  readonly fromVersion: number;
  readonly toVersion: number;
  /** The next event, as a sentence without a full stop. */
  readonly whatNext: string;
  /** Whole commands with which a person goes on or takes it back; empty: nobody needs to act. */
  readonly wayOut: readonly string[];
}

/** The rotation of a secret: how old its value is, what runs, how the last one ended, and what uses the value. */
export interface RotationStatus {
  /** Time since when the value is in force, ISO 8601 UTC. */
  readonly since: string;
  readonly ageSeconds: number;
  /** Strategy, grace and number of kept values of the next rotation. */
  readonly policy: RotationPolicy;
  /** Name of the schedule that rotates it; null: none does. */
  readonly schedule: string | null;
  /** The schedule is paused. */
  readonly isPaused: boolean;
  /** Time of the next run of the schedule, ISO 8601 UTC; null: none is planned, or it is paused. */
  readonly next: string | null;
  /** Time since when the value is older than the interval of its schedule, ISO 8601 UTC; null: it is not. */
  readonly dueSince: string | null;
  readonly isOverdue: boolean;
  readonly rotation: RunningRotation | null;
  readonly lastRotation: (NonNullable<Secret['lastRotation']> & { readonly durationMs: number }) | null;
  readonly consumers: readonly (Secret['consumers'][number] & { readonly isCurrent: boolean })[];
  readonly versions: readonly SecretVersion[];
}

/** Schema of a {@link RotationStatus}. */
export const rotationStatusShape = z.strictObject({
  since: z.iso.datetime(),
  ageSeconds: z.int(),
  policy: policySchema,
  schedule: z.string().nullable(),
  isPaused: z.boolean(),
  next: z.iso.datetime().nullable(),
  dueSince: z.iso.datetime().nullable(),
  isOverdue: z.boolean(),
  rotation: rotationSchema
    .omit({ former: true, next: true, older: true })
    .extend({
      phase: z.enum(phases),
      fromVersion: z.int(),
      toVersion: z.int(),
      whatNext: z.string(),
      wayOut: z.array(z.string()),
    })
    .nullable(),
  lastRotation: endedRotationSchema.extend({ durationMs: z.int() }).nullable(),
  consumers: z.array(consumerSchema.extend({ isCurrent: z.boolean() })),
  versions: z.array(
    z.strictObject({
      version: z.int(),
      state: z.enum(['in-force', 'new', 'valid', 'kept']),
      until: z.iso.datetime().nullable(),
    }),
  ),
});

/** Returns the status of a secret's rotation at a time. Holds no value and no path of one. */
export function rotationStatus(stored: StoredResource<'Secret'>, state: State, now: string): RotationStatus {
  const { name, value } = stored;
  const { lastRotation, consumers, version } = value;
  const schedules = all(state, 'Schedule').map((one) => one.value);
  const { since, age, schedule, next, dueSince, isOverdue } = rotationDue(stored, schedules, now);
  return {
    since,
    ageSeconds: Math.floor(age / 1_000),
    policy: rotationPolicy(name, schedules) ?? usualPolicy(value),
    schedule: schedule?.name ?? null,
    isPaused: schedule !== null && schedule.paused !== null,
    next,
    dueSince,
    isOverdue: isOverdue && value.rotation === null,
    rotation: value.rotation && running(value.name, value.rotation),
    lastRotation: lastRotation && {
      ...lastRotation,
      durationMs: Math.max(0, Date.parse(lastRotation.endedAt) - Date.parse(lastRotation.startedAt)),
    },
    consumers: consumers.map((one) => ({ ...one, isCurrent: one.version === version })),
    versions: versionsOf(value),
  };
}

/** Returns the policy of a secret that no schedule rotates. */
function usualPolicy({ kind }: Secret): RotationPolicy {
  const isDual = secretKindOf(kind).rotation.dualSecretProblem === null;
  return { every: null, strategy: isDual ? 'dual-secret' : 'immediate', grace: USUAL_GRACE, keepVersions: 0 };
}

function running(name: string, rotation: Rotation): RunningRotation {
  const { former, next, older: _, ...shown } = rotation;
  return {
    ...shown,
    fromVersion: former.version,
    toVersion: next.version,
    whatNext: rotationNext(rotation),
    wayOut: wayOut(name, rotation),
  };
}

function versionsOf({ version, rotation }: Secret): SecretVersion[] {
  const current: SecretVersion = { version, state: 'in-force', until: null };
  if (rotation === null) return [current];
  const { former, next, older, graceUntil } = rotation;
  const isCommitted = version === next.version;
  const fresh: SecretVersion[] =
    !isCommitted && hasReached(rotation, 'store') ? [{ version: next.version, state: 'new', until: null }] : [];
  const old: SecretVersion[] =
    isCommitted && rotation.revokedAt === null ? [{ version: former.version, state: 'valid', until: graceUntil }] : [];
  const oldest: SecretVersion[] = older === null ? [] : [{ version: older.version, state: 'valid', until: null }];
  return [...fresh, current, ...old, ...oldest];
}

/** A secret that needs a rotation or a person. */
export interface SecretProblem {
  readonly name: string;
  /** Each with the command that helps. */
  readonly details: readonly string[];
}

/** Returns the secrets whose rotation is overdue, held or stuck, or whose revoked value is still accepted. */
export function secretProblems(state: State, now: string): SecretProblem[] {
  return all(state, 'Secret').flatMap((stored) => {
    const { name } = stored;
    const { rotation, lastRotation, isOverdue, dueSince } = rotationStatus(stored, state, now);
    const way = rotation === null ? '' : `: ${rotation.wayOut.join(', or ')}`;
    const details = [
      ...(rotation?.isStuck
        ? [`its rotation is stuck in the phase ${rotation.phase}: ${rotation.problem}. Go on${way}`]
        : []),
      ...(rotation?.isHeld ? [`its rotation is held before the phase ${rotation.phase}. Go on${way}`] : []),
      ...(isOverdue
        ? [`its rotation is overdue since ${dueSince}. Rotate it: hecate update secret rotate --name ${name}`]
        : []),
      ...(rotation === null && lastRotation?.result === 'still-accepted'
        ? [`its old value was revoked, and it is still accepted: ${lastRotation.problem}`]
        : []),
    ];
    return details.length === 0 ? [] : [{ name, details }];
  });
}
