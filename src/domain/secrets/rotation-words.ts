import { secretKindOf } from './kinds.js';
import { courseOf, isCommitted, type Phase, type Rotation } from './rotation.js';

/** The work of each phase, as what Hecate does. */
export const phaseWork: { readonly [P in Phase]: string } = {
  preflight: 'try what the rotation needs',
  issue: 'make the new value',
  store: 'write the new value to Vault',
  distribute: 'give the new value to its users',
  prove: 'prove that the new value works',
  commit: 'put the new value in force',
  grace: 'accept both values',
  revoke: 'revoke the old value',
  'prove-refused': 'prove that the old value is refused',
  undo: 'revoke the new value; the old one stays in force',
};

/** Returns what happens next in a rotation, as a sentence without a full stop. */
export function rotationNext(rotation: Rotation): string {
  const { phase, isHeld, isStuck, grace, graceUntil, former, next } = rotation;
  if (isStuck) return 'nothing goes on by itself; a person must act';
  if (isHeld) return `held before the phase ${phase} (${phaseWork[phase]}) until a person lets it go on`;
  if (phase === 'undo') return `version ${next.version} is revoked; version ${former.version} stays in force`;
  if (phase === 'grace') {
    if (grace === 'until-next') return `version ${former.version} stays valid until the next rotation`;
    return `version ${former.version} stays valid until ${graceUntil ?? 'the grace period ends'}; then it is revoked`;
  }
  const left = courseOf(rotation).slice(courseOf(rotation).indexOf(phase) + 1);
  return left.length === 0 ? 'this is the last phase' : `then ${left.join(', ')}`;
}

/** Returns the commands with which a person lets a rotation go on or takes it back; empty: nobody needs to act. */
export function wayOut(name: string, rotation: Rotation): string[] {
  const finish = `hecate finish secret rotation --name ${name}`;
  const cancel = `hecate cancel secret rotation --name ${name}`;
  const canUndo = !isCommitted(rotation) && rotation.revokedAt === null && rotation.phase !== 'undo';
  const isWaiting = rotation.isHeld || rotation.isStuck || rotation.phase === 'grace';
  return [...(isWaiting ? [finish] : []), ...(canUndo ? [cancel] : [])];
}

/** Returns what is known of the old value after a completed rotation, as a sentence without a full stop. */
export function endOfFormer(
  { kind, settings }: { readonly kind: string; readonly settings: Readonly<Record<string, unknown>> },
  version: number,
): string {
  const { rotation } = secretKindOf(kind);
  return rotation.endOfFormer?.(version, settings) ?? `version ${version} is refused`;
}
