// The middleware language: the list of a route, and one file for each kind. Imports values and data.
import { z } from 'zod';
import { basicAuth } from './kinds/basic-auth.js';
import { compression } from './kinds/compression.js';
import { cors } from './kinds/cors.js';
import { header } from './kinds/header.js';
import { ipAllow, ipDeny } from './kinds/ip-filter.js';
import type { Middleware, MiddlewareKind } from './kind.js';
import { maintenance } from './kinds/maintenance.js';
import { maxBody } from './kinds/max-body.js';
import { addPrefix, rewrite, stripPrefix } from './paths.js';
import { rateLimit } from './kinds/rate-limit.js';
import { redirect } from './kinds/redirect.js';
import { requestId } from './kinds/request-id.js';
import { tell } from './tell.js';
import { nearest } from '../data/nearest.js';

/** Every kind, in the order in which most routes use them: guards first, and nothing after what it must come before. */
export const middlewareKinds: readonly MiddlewareKind[] = [
  ...[maintenance, redirect, ipAllow, ipDeny, rateLimit, maxBody, requestId, cors, basicAuth],
  ...[stripPrefix, addPrefix, rewrite, header, tell, compression],
];

/** Kinds that may be written with the prefix `transform:`. */
const PATH_KINDS = [stripPrefix, addPrefix, rewrite];
const PATH_PREFIX = 'transform:';
/** Selects all of them. */
const ANY_PATH_KIND = 'transform';

/** Names of all kinds, for help. */
export const middlewareNames: readonly string[] = middlewareKinds.map(({ name }) => name);

const middlewareTexts = z.array(
  z
    .string()
    .overwrite((text) => textOf(read(text)) ?? text)
    .superRefine((text, context) => {
      const found = read(text);
      if (typeof found === 'string') context.addIssue({ code: 'custom', message: found });
    }),
);

/** Middleware given in one command, as canonical texts in the order in which requests pass it. Each of them can be reached. */
export const middlewareList = middlewareTexts.superRefine((texts, context) => {
  for (const message of orderProblems(texts)) context.addIssue({ code: 'custom', message });
});

/**
 * A route's middleware as canonical texts, in the order in which requests pass it. Unlike {@link middlewareList} it takes
 * what waits behind `maintenance` or a redirect: maintenance comes and goes, and the rest of the list stays.
 */
export const routeMiddleware = middlewareTexts.superRefine((texts, context) => {
  for (const message of orderProblems(texts, { mayWait: true })) context.addIssue({ code: 'custom', message });
});

/** Parses the texts of a {@link routeMiddleware}. Throws for any other text. */
export function middlewareOf(texts: readonly string[]): Middleware[] {
  return texts.map((text) => {
    const found = read(text);
    if (typeof found === 'string') throw new Error(found);
    return found;
  });
}

/** Returns the middleware that answers every request itself, so that none reaches the upstream; undefined: there is none. */
export function answeringMiddleware(texts: readonly string[]): Middleware | undefined {
  return middlewareOf(texts).find(({ isFinal }) => isFinal);
}

/** Returns a message when the text is invalid, with the correct form. */
function read(text: string): Middleware | string {
  const { name, argument, known } = partsOf(text);
  const kind = known.find((one) => one.name === name);
  if (kind === undefined) return unknown(name, known);
  const reading = kind.read(argument);
  if (typeof reading === 'string') return `${name}: ${reading}; write ${kind.form}`;
  return { ...reading, kind, text: reading.argument === null ? kind.name : `${kind.name}:${reading.argument}` };
}

function textOf(found: Middleware | string): string | null {
  return typeof found === 'string' ? null : found.text;
}

function partsOf(text: string) {
  const isPath = text.trim().toLowerCase().startsWith(PATH_PREFIX);
  const rest = isPath ? text.trim().slice(PATH_PREFIX.length) : text;
  const [, name = '', argument] = /^([^:]*)(?::(.*))?$/s.exec(rest) ?? [];
  const known = isPath ? PATH_KINDS : middlewareKinds;
  return { name: name.trim().toLowerCase(), argument: argument?.trim() || null, known };
}

function unknown(name: string, known: readonly MiddlewareKind[]): string {
  const names = known.map((kind) => kind.name);
  const close = nearest(name, names);
  const hint = close === undefined ? `use one of ${names.join(', ')}` : `did you mean ${close}?`;
  return `unknown middleware ${JSON.stringify(name)}; ${hint}`;
}

/**
 * Problems with the order of middleware. Nothing after a final one is reached. Guards run before sign-in and transforms after
 * it, so a guard cannot follow a transform. `mayWait` allows what stands after a final one in the usual order.
 */
function orderProblems(texts: readonly string[], { mayWait = false } = {}): string[] {
  const items = texts.map(read).flatMap((found) => (typeof found === 'string' ? [] : [found]));
  return items.flatMap((item, index) => problemOf(item, items.slice(0, index), mayWait) ?? []);
}

function problemOf(item: Middleware, earlier: readonly Middleware[], mayWait: boolean): string | null {
  const { kind, text } = item;
  const twin = earlier.find((one) => isTwin(one, item));
  if (twin)
    return twin.text === text ? `${text} is given twice` : `${twin.text} and ${text} contradict each other; keep one`;
  const final = earlier.find(({ isFinal }) => isFinal);
  if (final && !(mayWait && usualPosition(item) > usualPosition(final)))
    return `${text} is never reached after ${final.text}; put it first or leave it out`;
  const rival = earlier.find((one) => one.kind.name === kind.neverAfter?.name);
  if (rival) return `${text} cannot come after ${rival.text}: ${kind.neverAfter?.why}; put it first`;
  const transform = earlier.find((one) => one.kind.stage === 'transform');
  if (kind.stage === 'transform' || !transform) return null;
  return `${text} runs before sign-in and ${transform.text} after it; put ${kind.name} first`;
}

/** Returns true when a route can have only one of two middleware. */
export function isTwin(one: Middleware, other: Middleware): boolean {
  return one.kind.name === other.kind.name && one.identity === other.identity;
}

/** Returns a number by which middleware is sorted into its usual order, that of the table. A sorted list has no problems. */
export function usualPosition({ kind }: Middleware): number {
  return middlewareKinds.indexOf(kind);
}

/** Returns true when a text selects this middleware: its whole text, its kind, or its kind with what it is about. */
export function selects(selector: string, { kind, identity, text }: Middleware): boolean {
  if (selector === text || selector === kind.name) return true;
  if (selector === ANY_PATH_KIND) return PATH_KINDS.includes(kind);
  return identity !== undefined && selector.toLowerCase() === `${kind.name}:${identity}`.toLowerCase();
}

/** Texts that select middleware of a route: `rate-limit:100/minute`, `rate-limit`, `header:X-Frame-Options`. */
export const middlewareSelectors = z.array(
  z
    .string()
    .overwrite((text) => {
      const { name, argument } = partsOf(text);
      return textOf(read(text)) ?? (argument === null ? name : `${name}:${argument}`);
    })
    .superRefine((text, context) => {
      const { name, known } = partsOf(text);
      if (name === ANY_PATH_KIND || known.some((kind) => kind.name === name)) return;
      context.addIssue({ code: 'custom', message: unknown(name, known) });
    }),
);
