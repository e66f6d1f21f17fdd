import { isSame } from '../data/fields.js';
import { definitionOf, type ResourceKind } from '../resources/kinds.js';
import { isBaseChange } from './base-kinds.js';
import type { Change } from './commit.js';

/** A resource that a commit gave another name. */
export interface Move {
  readonly kind: ResourceKind;
  readonly from: string;
  readonly to: string;
}

/** Returns the moves among the changes of one commit: a resource that is deleted and created with the same settings under another name. */
export function movesIn(changes: readonly Change[]): Move[] {
  const base = changes.filter(isBaseChange);
  const made = base.filter(({ before }) => before === null);
  return base.flatMap(({ kind, name, before, after }) => {
    if (before === null || after !== null) return [];
    const { identity } = definitionOf(kind);
    const settings = (value: object) => ({ ...value, [identity]: null, label: null, source: null });
    const moved = made.find((one) => one.kind === kind && one.after && isSame(settings(one.after), settings(before)));
    return moved ? [{ kind, from: name, to: moved.name }] : [];
  });
}
