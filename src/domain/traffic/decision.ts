import type { AccessEntry, RefusalReason } from './access-entry.js';
import { visitorsFaultText } from './visitor-fault.js';

/**
 * What the proxy did with a request. `proxied`: an upstream server answered it. `refused`: the proxy itself refused it, or
 * reached no upstream server. `answered`: the proxy answered it itself, such as by a redirect. `failed`: an upstream server was
 * asked and gave no whole answer. `gone`: the visitor went away before an answer.
 */
export const decisions = ['proxied', 'refused', 'answered', 'failed', 'gone'] as const;

/** A decision about a request, with its reason as a clause. */
export interface Decision {
  readonly decision: (typeof decisions)[number];
  readonly reason: string;
}

const refusals: Readonly<Record<Exclude<RefusalReason, 'bad-request'>, string>> = {
  'sign-in': 'the visitor has to sign in',
  ip: 'the address is not allowed',
  'rate-limit': 'too many requests',
  'basic-auth': 'no valid user and password',
  'body-size': 'the body is too large',
  maintenance: 'the route is in maintenance',
  'no-upstream': 'no upstream server is available',
  other: 'refused by the proxy',
};

/** Returns what the proxy decided about a request, and why. */
export function decisionOf(entry: AccessEntry): Decision {
  const { refused, status, error, upstream, upstreamMs, side } = entry;
  if (refused !== null) {
    const reason = refused === 'bad-request' ? visitorsFaultText(error ?? '') : refusals[refused];
    return { decision: 'refused', reason: [reason, error ?? []].flat().join(': ') };
  }
  if (status === 0) return { decision: 'gone', reason: 'the visitor went away before an answer' };
  if (error !== null) return { decision: 'failed', reason: [upstream ?? [], error].flat().join(': ') };
  if (upstream === null) return { decision: 'answered', reason: 'the proxy answered it itself' };
  const on = side === null ? '' : ` (canary: ${side.split('/').at(-1)})`;
  const after = upstreamMs === null ? '' : ` after ${Math.round(upstreamMs)} ms`;
  return { decision: 'proxied', reason: `${upstream}${on} answered${after}` };
}
