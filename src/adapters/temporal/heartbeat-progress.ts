import { defaultPayloadConverter } from '@temporalio/common';
import type { IdentityProgress } from '../../ports/identity.js';

/** The part of a pending activity's description that has its heartbeat. */
interface Beating {
  readonly heartbeatDetails?: { readonly payloads?: readonly object[] | null } | null;
}

/** Returns the progress in an activity's last heartbeat; null: there is none. */
export function progressIn(activity: Beating): IdentityProgress | null {
  const told = toldBy(activity) as Partial<IdentityProgress> | null;
  return typeof told?.total === 'number' && 'done' in told ? (told as IdentityProgress) : null;
}

/** Returns the progress of a backup in an activity's last heartbeat, such as `12.4 MB of 80.0 MB, 15 s left`; null: there is none. */
export function transferIn(activity: Beating): string | null {
  const told = toldBy(activity) as { readonly text?: unknown } | null;
  return typeof told?.text === 'string' ? told.text : null;
}

function toldBy({ heartbeatDetails }: Beating): object | null {
  const [payload] = heartbeatDetails?.payloads ?? [];
  if (payload === undefined) return null;
  const told: unknown = defaultPayloadConverter.fromPayload(payload);
  return typeof told === 'object' ? told : null;
}
