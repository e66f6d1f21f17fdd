import { isIn } from '../dns/addresses.js';
import type { Middleware } from '../middleware/kind.js';
import { cause, type Cause } from './cause.js';
import type { Evidence } from './evidence.js';

/** Returns the finding about `ip-allow` or `ip-deny`: it refuses the visitor, or only the address of the real request. */
export function addressFinding(one: Middleware, { served, asked, answer }: Evidence): Cause | null {
  const seen = 'seen' in answer && answer.seen.kind === 'answered' ? answer.seen : null;
  const real = seen?.trace?.client ?? null;
  const isRefused = seen?.status === 403 && seen.trace?.upstream === null;
  const visitor = asked.client ?? (isRefused ? real : null);
  if (served === null || visitor === null) return null;
  const { domain } = served.route;
  const isOther = real !== null && real !== visitor;
  if (refuses(one, visitor)) {
    const why = one.kind.name === 'ip-allow' ? ', which is not listed' : '';
    const other = isOther ? `; the real request came from ${real} and got ${seen?.status}` : '';
    return cause('AddressNotAllowed', 'warning', {
      detail: `${one.text} refuses ${visitor}${why}${other}`,
      advice: `Open ${opening(one, visitor, domain)}`,
    });
  }
  if (!isOther || !isRefused || !refuses(one, real)) return null;
  const tested = `${visitor} passes it, but its answer after that was not tested`;
  return cause('OtherAddress', 'warning', {
    detail: `the real request came from ${real}, not from ${visitor}, and ${one.text} refuses it with 403; ${tested}`,
    advice: `Visitors from ${visitor} need no change. To test the rest of the way, open ${opening(one, real, domain)}`,
  });
}

function rangesOf({ argument }: Middleware): readonly string[] {
  return argument?.split(',') ?? [];
}

function refuses(one: Middleware, address: string): boolean {
  return isIn(address, rangesOf(one)) === (one.kind.name === 'ip-deny');
}

/** The way to let an address through this middleware. It opens the route, so the safeguards ask for `--force`. */
function opening(one: Middleware, address: string, domain: string): string {
  const { name } = one.kind;
  const ranges = rangesOf(one);
  const isAllow = name === 'ip-allow';
  const holding = ranges.filter((range) => isIn(address, [range]));
  const changed = isAllow ? [...ranges, address] : ranges.filter((range) => !holding.includes(range));
  const opened = isAllow ? address : holding.join(', ');
  const flags = changed.length === 0 ? `--remove-middleware ${one.text}` : `--middleware ${name}:${changed.join(',')}`;
  return `the route to ${opened}: hecate update route --domain ${domain} ${flags} --force`;
}
