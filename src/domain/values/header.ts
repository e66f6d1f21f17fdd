import { withoutLeading, withoutTrailing } from '../data/trim.js';
import { z } from 'zod';

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** Control characters except tab. */
const FORBIDDEN_IN_VALUE = /[\x00-\x08\x0a-\x1f\x7f]/;
const LONGEST_VALUE = 8_192;

const REFUSED_NAMES = new Map(
  Object.entries({
    connection: 'it is for one connection only (hop-by-hop)',
    'keep-alive': 'it is for one connection only (hop-by-hop)',
    'proxy-authenticate': 'it is for one connection only (hop-by-hop)',
    'proxy-authorization': 'it is for one connection only (hop-by-hop)',
    'proxy-connection': 'it is for one connection only (hop-by-hop)',
    te: 'it is for one connection only (hop-by-hop)',
    trailer: 'it is for one connection only (hop-by-hop)',
    upgrade: 'it is for one connection only (hop-by-hop)',
    'transfer-encoding': 'the proxy frames the body itself',
    'content-length': 'the proxy frames the body itself',
    host: "the upstream receives the client's host",
    'hecate-probe': 'Hecate uses it to verify routes',
    ['__proto__']: 'no server understands it',
  }),
);

/** Request headers with literal values. Names are tokens (RFC 9110), and unique whatever their case. */
export const headerMap = z.record(z.string(), z.string().overwrite(trimmedValue)).superRefine((headers, context) => {
  const seen = new Set<string>();
  for (const [name, value] of Object.entries(headers)) {
    const twice = seen.has(name.toLowerCase()) ? `header ${name} is given twice; names are case-insensitive` : null;
    const problem = headerNameProblem(name) ?? twice ?? headerValueProblem(value);
    if (problem) context.addIssue({ code: 'custom', path: [name], message: problem });
    seen.add(name.toLowerCase());
  }
});

/** Returns headers with others added. A header replaces the one of its name, whatever the case, in its position. */
export function withHeaders(
  headers: Readonly<Record<string, string>>,
  added: Readonly<Record<string, string>>,
): Record<string, string> {
  const open = new Map(Object.entries(added).map((entry) => [entry[0].toLowerCase(), entry]));
  const kept = Object.entries(headers).map((entry) => {
    const replacing = open.get(entry[0].toLowerCase()) ?? entry;
    open.delete(entry[0].toLowerCase());
    return replacing;
  });
  return Object.fromEntries([...kept, ...open.values()]);
}

/** Returns headers without those of these names, whatever their case. */
export function withoutHeaders(
  headers: Readonly<Record<string, string>>,
  names: readonly string[],
): Record<string, string> {
  const gone = new Set(names.map((name) => name.toLowerCase()));
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !gone.has(name.toLowerCase())));
}

/** Removes white space around a header value; recipients ignore it. */
export function trimmedValue(value: string): string {
  return withoutLeading(withoutTrailing(value, ' \t'), ' \t');
}

/** The problem with setting a header of this name; null: none. */
export function headerNameProblem(name: string): string | null {
  if (!TOKEN.test(name)) return `header name ${JSON.stringify(name)} is not valid; write it like X-Request-Source`;
  const reason = REFUSED_NAMES.get(name.toLowerCase());
  return reason ? `header ${name} cannot be set: ${reason}` : null;
}

/** The problem with a header value; null: none. */
export function headerValueProblem(value: string): string | null {
  if (FORBIDDEN_IN_VALUE.test(value)) return 'a header value has no line breaks, NUL or other control characters';
  return value.length > LONGEST_VALUE ? `a header value has at most ${LONGEST_VALUE} characters` : null;
}
