import { isBaseChange, type BaseChange, type BaseKind } from '../../domain/log/base-kinds.js';
import { changeOf, type Change } from '../../domain/log/commit.js';
import { fieldDifferences, isSame, takeBack } from '../../domain/data/fields.js';
import type { ResourceKind } from '../../domain/resources/kinds.js';
import { find, type State } from '../../domain/log/state.js';
import { firstMadeAgain, keptText, laterOf, type Later } from './later-changes.js';
import type { PastCommit } from '../questions.js';

/** What taking a commit back comes to. */
export interface TakenBackCommit {
  readonly changes: readonly Change[];
  /** What of it does not go back, and why, a sentence each. */
  readonly stays: readonly string[];
}

/** Takes a commit back as far as it still holds. What is as it was before already is not mentioned. */
export function takenBack(state: State, { commit, later }: PastCommit): TakenBackCommit {
  const parts = commit.changes.map((change) => {
    const now = find(state, change.kind, change.name)?.value ?? null;
    return isBaseChange(change)
      ? basePart(change, now as BaseChange['after'], laterOf(later, change))
      : overlayPart(change, now !== null);
  });
  return { changes: parts.flatMap(({ change }) => change ?? []), stays: parts.flatMap(({ stays }) => stays ?? []) };
}

/** What becomes of one resource. */
interface Part {
  readonly change?: Change;
  readonly stays?: string;
}

function basePart(change: BaseChange, now: BaseChange['after'], later: readonly Later[]): Part {
  const { kind, name, before, after } = change;
  const what = `${kind} ${name}`;
  if (isSame(now, before)) return {};
  if (after !== null && now === null) return { stays: `${what} was deleted later (${later.at(-1)?.by})` };
  const again = now === null ? null : firstMadeAgain(after, later);
  if (again !== null) return { stays: `${what} stays: it was made again later (${again})` };
  if (before !== null && after !== null) return fieldsPart(change, now, later);
  if (isSame(now, after)) return { change: replaced(change, now, before) };
  const kept = fieldDifferences(after, now).map(({ path, after: value }) => ({ path, value }));
  return { stays: `${what} is not deleted, since it was changed later: ${keptText(kept, later)}` };
}

function fieldsPart(change: BaseChange, now: BaseChange['after'], later: readonly Later[]): Part {
  const { value, returned, kept } = takeBack(change, now);
  return {
    ...(returned.length > 0 ? { change: replaced(change, now, value) } : {}),
    ...(kept.length > 0 ? { stays: `${change.kind} ${change.name} keeps ${keptText(kept, later)}` } : {}),
  };
}

/** What its fields came from was of the same kind. */
function replaced({ kind, name }: BaseChange, now: BaseChange['after'], then: unknown): Change {
  return changeOf(kind, name, now, then as BaseChange['after']) as Change;
}

/** The flag that ends an overlay, by kind. */
const ENDED_BY: Readonly<Record<Exclude<ResourceKind, BaseKind | 'Source' | 'Secret'>, string>> = {
  Bypass: '--auth-bypass=off',
  Canary: '--rollback-canary',
  Failover: '--failover=off',
};

/** An overlay in force is ended by its own command, and what has ended never returns. */
function overlayPart({ kind, name, after }: Exclude<Change, BaseChange>, isInForce: boolean): Part {
  // What of a source was applied stays known: otherwise a schedule would apply it again.
  if (kind === 'Source') return {};
  if (kind === 'Secret') return { stays: `secret ${name} stays as it is: its values lie in Vault, not in the log` };
  const what = `the ${kind.toLowerCase()} of ${name}`;
  if (after === null) return isInForce ? {} : { stays: `${what} does not return: what has ended stays ended` };
  if (!isInForce) return {};
  return { stays: `${what} goes on; end it with: hecate update route --domain ${name} ${ENDED_BY[kind]}` };
}
