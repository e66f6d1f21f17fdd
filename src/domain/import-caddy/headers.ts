import { headerMap } from '../values/header.js';
import { listOf, objectOf, onlyKnown, type Foreign } from './json.js';
import type { Json } from '../data/json.js';
import { factOf } from '../middleware/tell.js';
import { middlewareList } from '../middleware/list.js';

/** Request headers that a proxy sends to its upstream. */
interface ImportedHeaders {
  readonly headers: Readonly<Record<string, string>>;
  /** Headers computed for each request, as middleware. */
  readonly middleware: readonly string[];
}

interface At {
  readonly path: string;
  readonly foreign: Foreign;
}

/** Imports the `headers` of a `reverse_proxy` handler. `tls`: the upstream uses TLS. */
export function importedHeaders(headers: Json, tls: boolean, { path, foreign }: At): ImportedHeaders {
  onlyKnown(headers, ['request'], { path, foreign });
  const request = objectOf(headers['request']);
  onlyKnown(request, ['set'], { path: `${path}/request`, foreign });
  const set = Object.entries(objectOf(request['set'])).map(([name, values]) => {
    const [value = '', ...others] = listOf(values).map(String);
    if (others.length > 0) foreign(`${path}/request/set/${name}`, 'a header has one value');
    return { name, value };
  });
  const given = set.filter(({ name, value }) => !isUsual(name, value, tls));
  const computed = given.filter(({ value }) => /[{}]/.test(value));
  return {
    headers: fixed(
      given.filter((one) => !computed.includes(one)),
      `${path}/request/set`,
      foreign,
    ),
    middleware: computed.map(({ name, value }) =>
      tellMiddleware(name, value, { path: `${path}/request/set/${name}`, foreign }),
    ),
  };
}

/** Headers that Caddy sends by default. With TLS it sends the upstream's own name as `Host`. */
const USUAL = new Map([
  ['host', '{http.request.hostport}'],
  ['x-forwarded-host', '{http.request.hostport}'],
  ['x-forwarded-proto', '{http.request.scheme}'],
]);

function isUsual(name: string, value: string, tls: boolean): boolean {
  const header = name.toLowerCase();
  return USUAL.get(header) === value && !(tls && header === 'host');
}

function fixed(
  set: readonly { readonly name: string; readonly value: string }[],
  path: string,
  foreign: Foreign,
): Record<string, string> {
  const parsed = headerMap.safeParse(Object.fromEntries(set.map(({ name, value }) => [name, value])));
  for (const { message } of parsed.error?.issues ?? []) foreign(path, message);
  return parsed.data ?? {};
}

function tellMiddleware(name: string, value: string, { path, foreign }: At): string {
  const fact = factOf(value);
  const text = `tell:${name}=${fact ?? ''}`;
  if (fact === undefined)
    foreign(path, `${name} is computed for each request from values that the middleware tell does not have`);
  else if (!middlewareList.safeParse([text]).success)
    foreign(path, `the middleware tell cannot set ${name} to ${fact}`);
  return text;
}
