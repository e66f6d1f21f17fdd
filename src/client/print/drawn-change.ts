import type { Change } from '../../domain/log/commit.js';
import { plainRoute } from '../../domain/resources/route.js';
import { difference, headline } from '../difference.js';
import { painted, type Paint } from './painted.js';

/** A change for a person: what happens to what, then field by field; of a new route what makes it unlike any other. */
export function drawnChange(change: Change, indent = ''): string[] {
  return [
    `${indent}${painted(paintOf(change), headline(change))}`,
    ...difference(change, usualOf(change)).map((line) => `${indent}  ${line}`),
  ];
}

/** What is said by the headline, or holds where nothing else is said. */
function usualOf({ kind, name }: Change): unknown {
  return kind === 'Route' ? plainRoute(name, '') : { name };
}

function paintOf({ before, after }: Change): Paint {
  if (before === null) return 'green';
  return after === null ? 'red' : 'yellow';
}
