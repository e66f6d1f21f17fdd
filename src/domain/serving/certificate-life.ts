const DAY_MS = 86_400_000;

/** Share of its lifetime at which a proxy renews a certificate, as Caddy does. */
const RENEWED_AT = 1 / 3;
/** Share below which a renewal that has not happened is a failed one: it is retried every ten minutes. */
const WARNED_BELOW = 0.3;
const FAILS_BELOW = 0.1;
/** A certificate that a person brings may last years: it is warned about this long before its end at most. */
const BROUGHT_WARNED_MS = 21 * DAY_MS;
const BROUGHT_FAILS_MS = 2 * DAY_MS;

/** Times of a certificate, ISO 8601 UTC. */
export interface CertificateLife {
  readonly notBefore: string;
  readonly notAfter: string;
  /** A proxy renews it; false: a person brings the next one. */
  readonly isIssued: boolean;
}

/** How much of a certificate's lifetime is left. */
export interface LifeLeft {
  readonly level: 'ok' | 'warn' | 'fail';
  /** From 1, as issued, to 0, expired. */
  readonly share: number;
  /** A clause on what is wrong; null: nothing. */
  readonly problem: string | null;
}

/**
 * Judges a certificate by the share of its lifetime that is left, so that one of 6 days and one of a year are judged alike.
 * That its renewal failed is inferred: a proxy renews at a third of the lifetime.
 */
export function lifeLeft({ notBefore, notAfter, isIssued }: CertificateLife, now: string): LifeLeft {
  const [begin, end, at] = [Date.parse(notBefore), Date.parse(notAfter), Date.parse(now)];
  const life = Math.max(1, end - begin);
  const share = Math.min(1, Math.max(0, (end - at) / life));
  if (at >= end) return { level: 'fail', share: 0, problem: 'expired' };
  const limit = (of: number, longestMs: number) => (isIssued ? of : Math.min(of, longestMs / life));
  const level =
    share < limit(FAILS_BELOW, BROUGHT_FAILS_MS)
      ? 'fail'
      : share < limit(WARNED_BELOW, BROUGHT_WARNED_MS)
        ? 'warn'
        : 'ok';
  if (level === 'ok') return { level, share, problem: null };
  const percent = `${Math.floor(share * 100)}% of its lifetime is left`;
  if (!isIssued) return { level, share, problem: percent };
  const due = new Date(end - life * RENEWED_AT).toISOString();
  return { level, share, problem: `${percent}; it was to be renewed at ${due}, so its renewal failed (inferred)` };
}
