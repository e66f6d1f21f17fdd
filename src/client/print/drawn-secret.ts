import type { Secret } from '../../domain/resources/secret.js';
import type { Rotation } from '../../domain/secrets/rotation.js';

/** A secret as a change shows it: without ids of values, and with its rotation in a few words. */
export interface ShownSecret {
  readonly kind: string;
  readonly version: number;
  readonly settings: object;
  /** Phase, or how the last rotation ended; null: none yet. */
  readonly rotation: string | null;
  /** Summary of the rotation that was begun; null: none was. */
  readonly begun: string | null;
  readonly problem: string | null;
  readonly graceUntil: string | null;
  readonly consumers: readonly string[];
}

/**
 * Returns a secret as a change shows it. The ids of its values are parts of paths in Vault, and the times of a rotation are those
 * of its commits, so both are left out.
 */
export function shownSecret(secret: Secret): ShownSecret {
  const { kind, version, settings, rotation, lastRotation, consumers } = secret;
  return {
    ...{ kind, version, settings },
    rotation: rotation === null ? (lastRotation?.result ?? null) : phaseOf(rotation),
    begun: rotation === null ? null : begunText(rotation),
    problem: rotation?.problem ?? lastRotation?.problem ?? null,
    graceUntil: rotation?.graceUntil ?? null,
    consumers: consumers.map((one) => `${one.name} uses version ${one.version}`),
  };
}

function phaseOf({ phase, isHeld, isStuck }: Rotation): string {
  if (isStuck) return `${phase}, stuck`;
  return isHeld ? `${phase}, held` : phase;
}

function begunText({ strategy, former, next, grace, holdAt, revokesFirst, isBrought }: Rotation): string {
  const more = [
    ...(strategy === 'dual-secret' ? [`grace ${grace}`] : []),
    ...(holdAt === null ? [] : [`held at ${holdAt}`]),
    ...(revokesFirst ? ['the old value is revoked first'] : []),
    ...(isBrought ? ['the value comes from a file'] : []),
  ];
  return [`version ${former.version} to ${next.version}, ${strategy}`, ...more].join(', ');
}
