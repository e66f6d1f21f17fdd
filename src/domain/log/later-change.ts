import type { ChangeAuthor } from '../resources/source.js';

/** A field in which the log and Git differ because the log was changed since the last apply. */
export interface LaterChange {
  /** `Kind/name`. */
  readonly resource: string;
  /** Path of the field; empty: the resource as a whole. */
  readonly field: string;
  /** The value in the log; null: absent. A long value is cut, as text. */
  readonly log: unknown;
  /** The value in Git; null: absent. A long value is cut, as text. */
  readonly git: unknown;
  /** Author of the change in the log; null: unknown. */
  readonly author: ChangeAuthor | null;
}

/** The later changes that a merge met. */
export interface MergeReport {
  /** Git changed the field too, and Git's value replaces that of the log. */
  readonly superseded: readonly LaterChange[];
  /** Git did not change the field, so the log keeps its value. */
  readonly ahead: readonly LaterChange[];
  /** Git changed the field too, and the log keeps its value until a person decides. */
  readonly held: readonly LaterChange[];
}

/** Most changes that a report names with their values. */
const MOST_NAMED = 300;

/** Returns a report that stays below the 2 MB of a plan: beyond 300 fields of a list it names 300 resources, and then their number. */
export function boundedReport(report: MergeReport): MergeReport {
  const bounded = (list: readonly LaterChange[]): LaterChange[] => {
    const resources = [...new Map(list.slice(MOST_NAMED).map((one) => [one.resource, one])).values()];
    const named = resources.slice(0, MOST_NAMED).map((one) => ({ ...one, field: '*', log: null, git: null }));
    const cut = resources.length - named.length;
    const rest = { resource: `${cut} more resources`, field: '*', log: null, git: null, author: null };
    return [...list.slice(0, MOST_NAMED), ...named, ...(cut > 0 ? [rest] : [])];
  };
  return { superseded: bounded(report.superseded), ahead: bounded(report.ahead), held: bounded(report.held) };
}

const LONGEST_VALUE = 120;

/** Returns a value of a field for a report: null for an absent one, and a long one as the beginning of its text. */
export function shortened(value: unknown): unknown {
  if (value === undefined) return null;
  const text = JSON.stringify(value);
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : value;
}

/** Formats a time, ISO 8601 by default. */
type When = (at: string) => string;

/** Returns a sentence on a later change that goes. */
export function supersededText(change: LaterChange, when: When = isoTime): string {
  const { field, log, git } = change;
  const what = fieldOf(change);
  if (field === '') {
    return log === null
      ? `${what} is created again as Git has it; it was deleted${byText(change, when)}`
      : `${what} is deleted as in Git; it was changed${byText(change, when)}`;
  }
  if (log === null) return `${what} is ${spoken(git)} again as in Git; it was removed${byText(change, when)}`;
  const by = git === null ? 'is removed as in Git' : `is replaced by Git’s ${spoken(git)}`;
  return `${what} ${spoken(log)} ${by}; it was set${byText(change, when)}`;
}

/** Returns a sentence on a later change that stays although Git changed the field too. */
export function heldText(change: LaterChange, when: When = isoTime): string {
  const { field, log, git } = change;
  const what = fieldOf(change);
  const now = git === null ? 'removed it' : field === '' ? 'changed it' : `changed it to ${spoken(git)}`;
  if (log === null) {
    const gone = field === '' ? 'deleted' : 'removed';
    return `${what} stays ${gone} although Git ${now}; it was ${gone}${byText(change, when)}`;
  }
  const value = field === '' ? '' : ` ${spoken(log)}`;
  return `${what} stays${value} although Git ${now}; it was set${byText(change, when)}`;
}

/** Returns a sentence on a later change that stays, since Git did not change the field. */
export function aheadText(change: LaterChange, when: When = isoTime): string {
  const { author } = change;
  const since = author === null ? '' : ` since ${when(author.at)} by ${author.actor}${reasonText(author)}`;
  const what =
    change.field === ''
      ? `${change.resource} ${change.log === null ? 'is deleted' : 'is not in Git'}`
      : `${fieldOf(change)}: Git ${spoken(change.git)}, log ${spoken(change.log)}`;
  return `ahead of Git${since}: ${what}`;
}

function isoTime(at: string): string {
  return `at ${at}`;
}

function fieldOf({ resource, field }: LaterChange): string {
  return field === '' ? resource : `${resource} ${field}`;
}

function byText({ author }: LaterChange, when: When): string {
  if (author === null) return ' by an unknown author';
  return ` ${when(author.at)} by ${author.actor} in commit ${author.sequence}${reasonText(author)}`;
}

function reasonText({ reason }: ChangeAuthor): string {
  return reason === null ? '' : `: ${reason}`;
}

function spoken(value: unknown): string {
  return value === null ? 'absent' : typeof value === 'string' && value.endsWith('…') ? value : JSON.stringify(value);
}
