import type { Middleware } from './kind.js';
import { isTwin, middlewareOf, routeMiddleware, selects, usualPosition } from './list.js';

/** Returns the list with each text added. It takes the position of the one that it contradicts, or of its kind when `replacesKind`. */
export function withAdded(
  held: readonly string[],
  given: readonly string[],
  { replacesKind }: { readonly replacesKind: boolean },
): string[] {
  const isReplaced = replacesKind ? isOfSameKind : isTwin;
  const added = middlewareOf(given);
  const merged = textsOf(merge(middlewareOf(held), added, isReplaced));
  if (routeMiddleware.safeParse(merged).success) return merged;
  return textsOf(middlewareOf(merged).sort((a, b) => usualPosition(a) - usualPosition(b)));
}

/** Returns the list without what these texts select. */
export function withoutSelected(held: readonly string[], selectors: readonly string[]): string[] {
  const kept = middlewareOf(held).filter((item) => !selectors.some((selector) => selects(selector, item)));
  return textsOf(kept);
}

/** Returns the first of these texts that selects nothing in the list; undefined: each selects something. */
export function firstUnmatched(held: readonly string[], selectors: readonly string[]): string | undefined {
  const items = middlewareOf(held);
  return selectors.find((selector) => !items.some((item) => selects(selector, item)));
}

function isOfSameKind(one: Middleware, other: Middleware): boolean {
  return one.kind.name === other.kind.name && one.replaces === other.replaces;
}

/** Adds items in their order: to the position of the first one that is replaced, else to the usual position. */
function merge(
  held: readonly Middleware[],
  added: readonly Middleware[],
  isReplaced: (one: Middleware, other: Middleware) => boolean,
): Middleware[] {
  const gone = new Set(held.filter((one) => added.some((item) => isReplaced(one, item))));
  const list = [...held];
  let last = -1;
  for (const item of added) {
    const replaced = list.findIndex((one) => gone.has(one) && isReplaced(one, item));
    const usual = list.findIndex((one) => usualPosition(one) > usualPosition(item));
    const at = replaced >= 0 ? replaced : Math.max(usual < 0 ? list.length : usual, last + 1);
    list.splice(at, replaced >= 0 ? 1 : 0, item);
    last = list.indexOf(item);
  }
  return list.filter((one) => !gone.has(one));
}

function textsOf(items: readonly Middleware[]): string[] {
  return items.map(({ text }) => text);
}
