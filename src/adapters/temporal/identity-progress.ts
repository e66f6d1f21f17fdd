import { defaultPayloadConverter } from '@temporalio/common';
import type { IdentityProgress } from '../../ports/identity.js';

/** The part of a pending activity's description that has its heartbeat. */
interface Beating {
  readonly heartbeatDetails?: { readonly payloads?: readonly object[] | null } | null;
}

/** Returns the progress in an activity's last heartbeat; null: there is none. */
export function progressIn({ heartbeatDetails }: Beating): IdentityProgress | null {
  const [payload] = heartbeatDetails?.payloads ?? [];
  if (payload === undefined) return null;
  const told = defaultPayloadConverter.fromPayload<Partial<IdentityProgress> | null | undefined>(payload);
  return typeof told?.total === 'number' ? (told as IdentityProgress) : null;
}
