import type { Change } from '../domain/commit.js';
import { difference, headline } from './difference.js';
import { painted, type Paint } from './painted.js';

/** A change for a person: what happens to what, then field by field. */
export function drawnChange(change: Change, indent = ''): string[] {
  return [
    `${indent}${painted(paintOf(change), headline(change))}`,
    ...difference(change).map((line) => `${indent}  ${line}`),
  ];
}

function paintOf({ before, after }: Change): Paint {
  if (before === null) return 'green';
  return after === null ? 'red' : 'yellow';
}
