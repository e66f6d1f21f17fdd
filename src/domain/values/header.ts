import { z } from 'zod';

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** Everything but tab, printable characters and what lies above ASCII. */
const FORBIDDEN_IN_VALUE = /[\x00-\x08\x0a-\x1f\x7f]/;
const LONGEST_VALUE = 8_192;

const REFUSED_NAMES = new Map(
  Object.entries({
    connection: 'it belongs to one connection, not to the request',
    'keep-alive': 'it belongs to one connection, not to the request',
    'proxy-authenticate': 'it belongs to one connection, not to the request',
    'proxy-authorization': 'it belongs to one connection, not to the request',
    'proxy-connection': 'it belongs to one connection, not to the request',
    te: 'it belongs to one connection, not to the request',
    trailer: 'it belongs to one connection, not to the request',
    upgrade: 'it belongs to one connection, not to the request',
    'transfer-encoding': 'the proxy frames the body itself',
    'content-length': 'the proxy frames the body itself',
    host: "the upstream receives the client's host",
    'hecate-probe': 'Hecate uses it to verify routes',
    ['__proto__']: 'no server understands it',
  }),
);

/** Request headers that the upstream receives, literally. Names are RFC 9110 tokens, unique whatever their case. */
export const headerMap = z.record(z.string(), z.string().overwrite(trimmedValue)).superRefine((headers, context) => {
  const seen = new Set<string>();
  for (const [name, value] of Object.entries(headers)) {
    const twice = seen.has(name.toLowerCase()) ? `header ${name} is given twice; names are case-insensitive` : null;
    const problem = headerNameProblem(name) ?? twice ?? headerValueProblem(value);
    if (problem) context.addIssue({ code: 'custom', path: [name], message: problem });
    seen.add(name.toLowerCase());
  }
});

/** A header value without the white space around it, which no recipient sees. */
export function trimmedValue(value: string): string {
  return value.replace(/^[ \t]+|[ \t]+$/g, '');
}

/** Why a header of this name cannot be set; null: it can. */
export function headerNameProblem(name: string): string | null {
  if (!TOKEN.test(name)) return `header name ${JSON.stringify(name)} is not a token such as X-Request-Source`;
  const reason = REFUSED_NAMES.get(name.toLowerCase());
  return reason ? `header ${name} cannot be set: ${reason}` : null;
}

/** Why no header can have this value; null: it can. */
export function headerValueProblem(value: string): string | null {
  if (FORBIDDEN_IN_VALUE.test(value)) return 'a header value has no line breaks, NUL or other control characters';
  return value.length > LONGEST_VALUE ? `a header value has at most ${LONGEST_VALUE} characters` : null;
}
