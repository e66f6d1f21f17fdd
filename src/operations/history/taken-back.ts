import { isBaseChange, type BaseChange } from '../../domain/log/base-kinds.js';
import { changeOf, type Change, type ChangeOf } from '../../domain/log/commit.js';
import { fieldDifferences, isSame, takeBack } from '../../domain/data/fields.js';
import { definitionOf, hasRole, resourceWords, type KindWithRole } from '../../domain/resources/kinds.js';
import { find, type State } from '../../domain/log/state.js';
import type { Probation } from '../../domain/resources/probation.js';
import type { Operator } from '../../domain/resources/operator.js';
import { isKeyRotated, withKeys } from './operator-keys.js';
import { firstMadeAgain, keptText, laterOf, movedTo, type Later } from './later-changes.js';
import type { PastCommit } from '../questions.js';

/** The result of undoing a commit. */
export interface TakenBackCommit {
  readonly changes: readonly Change[];
  /** One sentence for each part that is not undone, with the reason. */
  readonly stays: readonly string[];
}

/** Returns the changes that undo a commit, as far as its values are still in force. Parts that have their old value already are left out. */
export function takenBack(state: State, { commit, later }: Past): TakenBackCommit {
  const parts = commit.changes.map((change) => {
    const now = find(state, change.kind, change.name)?.value ?? null;
    return partOf(change, now, { commit, later });
  });
  return { changes: parts.flatMap(({ change }) => change ?? []), stays: parts.flatMap(({ stays }) => stays ?? []) };
}

type Past = Pick<PastCommit, 'commit' | 'later'>;

function partOf(change: Change, now: Change['after'], past: Past): Part {
  const { later } = past;
  const { kind, name } = change;
  if (change.kind === 'Operator') return operatorPart(change, now as Operator | null, past);
  if (isBaseChange(change) || isAuthorityChange(change))
    return basePart(change, now as ReturnableChange['after'], later);
  if (hasRole(kind, 'overlay', 'exception')) return overlayPart(kind, change, now !== null);
  // What is undone is judged no more.
  if (change.kind === 'Probation' && change.after !== null && now !== null)
    return { change: changeOf('Probation', name, now as Probation, null) };
  // The record of an applied source stays, since a schedule would apply the source again without it.
  if (hasRole(kind, 'bookkeeping')) return {};
  return { stays: `${resourceWords(kind, name)} keeps its value: the values of secrets are in Vault, not in the log` };
}

/** A change of a resource whose value before an undo can give back. */
type ReturnableChange = BaseChange | AuthorityChange;
type AuthorityChange = Extract<Change, { readonly kind: KindWithRole<'authority'> }>;

function isAuthorityChange(change: Change): change is AuthorityChange {
  return hasRole(change.kind, 'authority');
}

/** The result for one resource. */
interface Part {
  readonly change?: Change;
  readonly stays?: string;
}

/** The keys of an operator are undone as other fields are, unless a rotation changed them. */
function operatorPart(change: ChangeOf<'Operator'>, now: Operator | null, past: Past): Part {
  if (!isKeyRotated(change, past)) return basePart(change, now, past.later);
  const { name, before, after } = change;
  if (after === null && before !== null && now === null) {
    return {
      stays: `operator ${name} is not created again, since its key was rotated later; create it with: hecate create operator --name ${name}`,
    };
  }
  if (before === null || after === null) return basePart(change, now, past.later);
  const rest = basePart(changeOf('Operator', name, withKeys(before, after), after), now, past.later);
  if (now === null || isSame(withKeys(now, before), now)) return rest;
  const kept = `operator ${name} keeps its keys: an undo makes no key valid that was rotated; replace the key with: hecate update operator --name ${name} --new-key`;
  return { ...rest, stays: rest.stays === undefined ? kept : `${rest.stays}; ${kept}` };
}

function basePart(change: ReturnableChange, now: ReturnableChange['after'], all: PastCommit['later']): Part {
  const later = laterOf(all, change);
  const { kind, name, before, after } = change;
  const what = `${kind} ${name}`;
  const moved = after !== null && now === null ? movedTo(change, all) : null;
  if (moved) return { stays: `${what} was moved to ${moved.to} later (${moved.by}), which stays as it is` };
  if (isSame(now, before)) return {};
  if (after !== null && now === null) return { stays: `${what} was deleted later (${later.at(-1)?.by})` };
  const again = now === null ? null : firstMadeAgain(after, later);
  if (again !== null) return { stays: `${what} is not changed, since it was created again later (${again})` };
  if (before !== null && after !== null) return fieldsPart(change, now, later);
  if (isSame(now, after)) return { change: replaced(change, now, before) };
  const kept = fieldDifferences(after, now).map(({ path, after: value }) => ({ path, value }));
  return { stays: `${what} is not deleted, since it was changed later: ${keptText(kept, later)}` };
}

function fieldsPart(change: ReturnableChange, now: ReturnableChange['after'], later: readonly Later[]): Part {
  const { value, returned, kept } = takeBack(change, now);
  return {
    ...(returned.length > 0 ? { change: replaced(change, now, value) } : {}),
    ...(kept.length > 0 ? { stays: `${change.kind} ${change.name} keeps ${keptText(kept, later)}` } : {}),
  };
}

/** Returns the change to a past value. The cast is safe because the fields come from values of the same kind. */
function replaced({ kind, name }: ReturnableChange, now: ReturnableChange['after'], then: unknown): Change {
  return changeOf(kind, name, now, then as ReturnableChange['after']) as Change;
}

type Passing = KindWithRole<'overlay' | 'exception'>;

/** The command that ends an exception, by kind. */
const ENDED_BY: Readonly<Record<Passing, (name: string) => string>> = {
  Bypass: (domain) => `hecate update route --domain ${domain} --auth-bypass=off`,
  Canary: (domain) => `hecate update route --domain ${domain} --rollback-canary`,
  Failover: (domain) => `hecate update route --domain ${domain} --failover=off`,
  Silence: (name) => `hecate delete silence --name ${name}`,
};

/** Returns the result for an overlay or another exception, which an undo never changes: it ends only by its own command and never returns. */
function overlayPart(kind: Passing, { name, after }: Change, isInForce: boolean): Part {
  const what = `the ${definitionOf(kind).noun} ${hasRole(kind, 'overlay') ? 'of ' : ''}${name}`;
  if (after === null) return isInForce ? {} : { stays: `${what} is not restored, because it has ended` };
  if (!isInForce) return {};
  return { stays: `${what} stays in force; end it with: ${ENDED_BY[kind](name)}` };
}
