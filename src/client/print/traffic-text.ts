import { timeSpan } from './relative-time.js';

/** Returns a number of requests: `812`, `12.3k`, `4.1M`. */
export function countText(count: number): string {
  if (count < 10_000) return String(count);
  return count < 999_950 ? `${(count / 1000).toFixed(1)}k` : `${(count / 1_000_000).toFixed(1)}M`;
}

/** Returns requests per second: `0`, `0.03`, `12.4`, `1240`. */
export function rateText(rate: number): string {
  if (rate === 0) return '0';
  if (rate < 1) return rate < 0.01 ? '<0.01' : rate.toFixed(2);
  return rate < 1000 ? rate.toFixed(1) : Math.round(rate).toString();
}

/** Returns a latency: `0.4 ms`, `12 ms`, `3.2 s`; `–` for none. */
export function latencyText(ms: number | null): string {
  if (ms === null) return '–';
  if (ms < 9.95) return `${ms.toFixed(1)} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  return ms < 60_000 ? `${(ms / 1000).toFixed(1)} s` : timeSpan(ms);
}

/** Returns a share in percent; of nothing it is 0%. A share above 0 is never shown as 0. */
export function shareText(part: number, all: number): string {
  if (part === 0 || all === 0) return '0%';
  const percent = (100 * part) / all;
  if (percent < 0.1) return '<0.1%';
  return percent < 10 ? `${percent.toFixed(1)}%` : `${Math.round(percent)}%`;
}

/** Returns numbers of refused requests by reason, the most frequent first: `sign-in 3, ip 1`. */
export function deniedText(denied: Readonly<Record<string, number>>): string {
  return Object.entries(denied)
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .map(([reason, requests]) => `${reason} ${countText(requests)}`)
    .join(', ');
}
