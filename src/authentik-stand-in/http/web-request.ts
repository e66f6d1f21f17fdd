import type { IncomingMessage } from 'node:http';
import type { Fields } from '../store/state.js';
import type { WebRequest } from './web.js';

const maximumBytes = 1024 * 1024;

/** Reads a request with its body, as JSON or as a form. */
export async function readRequest(incoming: IncomingMessage, base: string): Promise<WebRequest> {
  const [path = '/', ...rest] = (incoming.url ?? '/').split('?');
  const search = rest.join('?');
  const headers = Object.fromEntries(
    Object.entries(incoming.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  );
  return {
    method: incoming.method ?? 'GET',
    path,
    search,
    query: new URLSearchParams(search),
    headers,
    cookies: cookiesOf(headers['cookie'] ?? ''),
    agent: headers['user-agent'] ?? '',
    body: bodyOf(await readBody(incoming), headers['content-type'] ?? ''),
    base,
  };
}

const cookiesOf = (header: string) =>
  Object.fromEntries(
    header.split(/;\s*/).map((pair) => [pair.split('=')[0] ?? '', pair.split('=').slice(1).join('=')]),
  );

async function readBody(incoming: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of incoming as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > maximumBytes) throw new Error('the body is too large');
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}

function bodyOf(text: string, type: string): Fields {
  if (type.startsWith('application/x-www-form-urlencoded')) return Object.fromEntries(new URLSearchParams(text));
  if (text === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    return value !== null && typeof value === 'object' ? (value as Fields) : {};
  } catch {
    return {};
  }
}
