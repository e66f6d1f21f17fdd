import { literal } from '../handlers.js';
import { middlewareOf } from '../list.js';

/** Changes of headers of the request to an upstream, as texts of Caddy. */
export interface RequestHeaders {
  readonly set: Readonly<Record<string, string>>;
  readonly delete: readonly string[];
}

/** Returns the changes that a route and its middleware make to the headers of the request to the upstream. */
export function requestHeaders({
  headers,
  middleware,
}: {
  readonly headers: Readonly<Record<string, string>>;
  readonly middleware: readonly string[];
}): RequestHeaders {
  const changes = middlewareOf(middleware).flatMap(({ requestHeader }) => requestHeader ?? []);
  const own = Object.entries(headers).map(([name, value]) => ({ name, value: literal(value) }));
  const byName = new Map<string, { readonly name: string; readonly value: string | null }>();
  const ordered = [
    ...changes.filter(({ winsOverHeaders }) => !winsOverHeaders),
    ...own,
    ...changes.filter(({ winsOverHeaders }) => winsOverHeaders),
  ];
  for (const change of ordered) byName.set(change.name.toLowerCase(), change);
  const last = [...byName.values()];
  return {
    set: Object.fromEntries(last.flatMap(({ name, value }) => (value === null ? [] : [[name, value] as const]))),
    delete: last.flatMap(({ name, value }) => (value === null ? [name] : [])),
  };
}
