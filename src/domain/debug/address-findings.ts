import { isIn } from '../dns/addresses.js';
import { middlewareOf } from '../middleware/list.js';
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
  const { domain, middleware } = served.route;
  const allowed = (address: string) => `Allow the address: ${allowing(one, { address, domain, middleware })}`;
  const isOther = real !== null && real !== visitor;
  if (refuses(one, visitor)) {
    const why = one.kind.name === 'ip-allow' ? ', which is not listed' : '';
    const other = isOther ? `; the real request came from ${real} and got ${seen?.status}` : '';
    return cause('AddressNotAllowed', 'warning', {
      detail: `${one.text} refuses ${visitor}${why}${other}`,
      advice: allowed(visitor),
    });
  }
  if (!isOther || !isRefused || !refuses(one, real)) return null;
  const tested = `${visitor} passes it, but its answer after that was not tested`;
  return cause('OtherAddress', 'warning', {
    detail: `the real request came from ${real}, not from ${visitor}, and ${one.text} refuses it with 403; ${tested}`,
    advice: `Visitors from ${visitor} need no change. To test the rest of the way, allow ${real} too: ${allowing(one, { address: real, domain, middleware })}`,
  });
}

function rangesOf({ argument }: Middleware): readonly string[] {
  return argument?.split(',') ?? [];
}

function refuses(one: Middleware, address: string): boolean {
  return isIn(address, rangesOf(one)) === (one.kind.name === 'ip-deny');
}

interface Wanted {
  readonly address: string;
  readonly domain: string;
  /** All middleware of the route. */
  readonly middleware: readonly string[];
}

/** The command with which this middleware lets an address in. */
function allowing(one: Middleware, { address, domain, middleware }: Wanted): string {
  const { name } = one.kind;
  const update = `hecate update route --domain ${domain}`;
  const ranges = rangesOf(one);
  const changed = name === 'ip-allow' ? [...ranges, address] : ranges.filter((range) => !isIn(address, [range]));
  if (changed.length === 0) return `${update} --remove-middleware ${one.text}`;
  const isOnly = middlewareOf(middleware).filter(({ kind }) => kind.name === name).length === 1;
  const text = `${name}:${changed.join(',')}`;
  // --middleware replaces all of a kind.
  return isOnly
    ? `${update} --middleware ${text}`
    : `${update} --remove-middleware ${one.text} --add-middleware ${text}`;
}
