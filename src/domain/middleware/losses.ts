import type { Loss } from '../values/loss.js';
import { middlewareKinds, middlewareOf } from './list.js';

/** Returns what a change of a route's middleware takes away from its protection. */
export function middlewareLosses(before: readonly string[], after: readonly string[]): Loss[] {
  // Most of thousands of changed routes keep their middleware.
  if (before.length === after.length && before.every((text, index) => text === after[index])) return [];
  const [held, kept] = [middlewareOf(before), middlewareOf(after)];
  return middlewareKinds.flatMap((kind) => {
    const ofKind = (items: typeof held) => items.filter((item) => item.kind === kind);
    return kind.losses?.(ofKind(held), ofKind(kept)) ?? [];
  });
}
