import type { Attempt, Change, Outcome } from '../../../domain/log/commit.js';
import type { Moment } from '../../../domain/values/moment.js';
import { nearest } from '../../../domain/data/nearest.js';
import { definitionOf, resourceKinds, type ResourceKind } from '../../../domain/resources/kinds.js';
import { phases } from '../../../domain/secrets/rotation.js';
import { catalogue, operationOf } from '../../../operations/catalogue.js';
import { eventKeys } from '../../../workflows/contracts/event.js';
import { Failure } from '../../../ports/failure.js';
import { momentOf } from '../../input/moment.js';
import { domainName } from '../../../domain/values/network/domain-name.js';

/** Ends of an operation. `open`: it has not ended. */
export const OUTCOMES = [
  'completed',
  'undone',
  'stuck',
  'refused',
  'cancelled',
  'failed',
  'open',
] as const satisfies readonly (Outcome['result'] | 'open')[];

/** The filters of the command line. A commit must satisfy each filter that is given. */
export interface HistoryFilters {
  readonly domain?: string | undefined;
  /** `KIND/NAME`. */
  readonly resource?: string | undefined;
  readonly actor?: string | undefined;
  /** Catalogue key. */
  readonly operation?: string | undefined;
  /** The end of the operation. */
  readonly outcome?: string | undefined;
  /** Times or sequences, both included. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** The parts of a commit, or of an attempt without one, that filters compare. */
interface Judged {
  /** Place in the log. */
  readonly place: number;
  readonly at: string;
  readonly actor: string;
  readonly onBehalfOf?: string;
  readonly operation: string;
  readonly outcome: string;
  /** Resources that the operation changed, or would have changed. */
  readonly changes: readonly Touched[];
}

/** A resource that was changed or was to be changed. */
export type Touched = Pick<Change, 'kind' | 'name'>;

/** Decides which commits a history shows. */
export interface HistoryFilter {
  /** Returns true for a commit that satisfies every filter. */
  isMeant(this: void, commit: Judged): boolean;
  /** Returns true for a commit when neither it nor an older one can be meant. */
  isTooOld(this: void, commit: Judged): boolean;
}

/** Returns the filter that the command line describes. Throws `invalid` for values that fit nothing. */
export function historyFilter(filters: HistoryFilters, now: Date): HistoryFilter {
  const { actor, operation, outcome } = filters;
  if (operation !== undefined && !isKey(operation)) throw unknownKey(operation);
  if (outcome !== undefined && !OUTCOMES.some((one) => one === outcome)) throw unknownOutcome(outcome);
  const asked = askedFor(filters);
  const from = filters.from === undefined ? undefined : momentOf('from', filters.from, now);
  const to = filters.to === undefined ? undefined : momentOf('to', filters.to, now);
  if (from && to && isAfter(from, to)) {
    throw new Failure('invalid', `--from ${filters.from} is after --to ${filters.to}`, {
      hint: 'Give the earlier one as --from.',
    });
  }
  const isTooOld = (commit: Judged) => from !== undefined && compare(commit, from) < 0;
  return {
    isTooOld,
    isMeant: (commit) =>
      (actor === undefined || commit.actor === actor || commit.onBehalfOf === actor) &&
      (operation === undefined || commit.operation === operation) &&
      (outcome === undefined || commit.outcome === outcome) &&
      asked.every((isMeant) => commit.changes.some(isMeant)) &&
      !isTooOld(commit) &&
      (to === undefined || compare(commit, to) <= 0),
  };
}

/** The most changes of other resources that are shown beside the matching ones. */
const MOST_OTHERS = 20;

/** Returns the changes of a commit to show, and the number of the others. Of a large commit only the matching changes are shown. */
export function shownChanges(
  changes: readonly Change[],
  filters: HistoryFilters,
): { readonly shown: readonly Change[]; readonly others: number } {
  const asked = askedFor(filters);
  const shown = changes.filter((change) => asked.length === 0 || asked.some((isMeant) => isMeant(change)));
  const others = changes.length - shown.length;
  return others > MOST_OTHERS ? { shown, others } : { shown: changes, others: 0 };
}

/** Returns a test of a change for each filter by resource that is given. */
function askedFor(filters: HistoryFilters): ((change: Touched) => boolean)[] {
  const domain = filters.domain === undefined ? undefined : canonicalDomain(filters.domain);
  const resource = filters.resource === undefined ? undefined : resourceOf(filters.resource);
  return [
    ...(domain === undefined ? [] : [({ name }: Touched) => name === domain]),
    ...(resource === undefined ? [] : [({ kind, name }: Touched) => `${kind}/${name}` === resource]),
  ];
}

/**
 * Returns the resources that an operation without a commit was to change, by its key and subject: `route.canary.start`
 * concerns a Route and a Canary.
 */
export function touchedBy({ operation, subject }: Pick<Attempt, 'operation' | 'subject'>): Touched[] {
  const words = operation.split('.').map(plainKind);
  return resourceKinds.flatMap((kind) => (words.includes(plainKind(kind)) ? [{ kind, name: subject }] : []));
}

function isKey(text: string): boolean {
  return operationOf(text) !== undefined || otherKeys.includes(text);
}

/** Keys of commits and outcomes that no command makes. */
const otherKeys: readonly string[] = [
  ...eventKeys,
  'secret.register',
  ...phases.map((phase) => `secret.rotation.${phase}`),
];

function unknownKey(given: string): Failure {
  const message = `--operation ${JSON.stringify(given)}: there is no such operation`;
  return new Failure('invalid', message, { hint: keysNear(given) });
}

function unknownOutcome(given: string): Failure {
  const close = nearest(given.toLowerCase(), OUTCOMES);
  const all = `Outcomes: ${OUTCOMES.join(', ')}`;
  return new Failure('invalid', `--outcome ${JSON.stringify(given)}: no operation ends so`, {
    hint: close === undefined ? all : `Did you mean ${close}? ${all}`,
  });
}

function keysNear(given: string): string {
  const keys = [...catalogue.map(({ key }) => key), ...eventKeys];
  const close = nearest(given.toLowerCase(), keys);
  const alike = close === undefined ? keys.filter((key) => hasWordsOf(key, given)) : [close];
  if (alike.length === 0) return `Operations: ${keys.join(', ')}`;
  return `Did you mean ${alike.length > 1 ? 'one of ' : ''}${alike.join(', ')}?`;
}

/** Returns true for a key that has all words of a text, such as `delete source` or `undo`. */
function hasWordsOf(key: string, given: string): boolean {
  const words = given.toLowerCase().match(/[a-z]+/g) ?? [];
  return words.length > 0 && words.every((word) => key.split(/[.-]/).includes(word));
}

/** Compares two times or two sequences; a time and a sequence cannot be compared without the log. */
function isAfter(from: Moment, to: Moment): boolean {
  if ('sequence' in from) return 'sequence' in to && from.sequence > to.sequence;
  return 'at' in to && from.at > to.at;
}

function compare({ place, at }: Judged, moment: Moment): number {
  if ('sequence' in moment) return place - moment.sequence;
  return at === moment.at ? 0 : at < moment.at ? -1 : 1;
}

/** Returns the key of a resource. Accepts a kind as manifests and as commands spell it: `AuthPolicy`, `auth-policy`. */
function resourceOf(text: string): string {
  const slash = text.indexOf('/');
  const [given, name] = [text.slice(0, slash), text.slice(slash + 1)];
  const kind = resourceKinds.find((known) => plainKind(known) === plainKind(given));
  if (slash > 0 && name !== '' && kind) return `${kind}/${named(kind, name)}`;
  const close = slash > 0 ? nearest(given, resourceKinds) : undefined;
  throw new Failure('invalid', `--resource ${JSON.stringify(text)}: give KIND/NAME, such as Route/app.example.com`, {
    hint: close ? `Did you mean ${close}?` : `Kinds: ${resourceKinds.join(', ')}`,
  });
}

function plainKind(kind: string): string {
  return kind.replaceAll('-', '').toLowerCase();
}

function named(kind: ResourceKind, name: string): string {
  return definitionOf(kind).identity === 'domain' ? canonicalDomain(name, 'resource') : name;
}

/** Returns a domain as the log spells it: IDNA names are punycode there. Throws `invalid`. */
function canonicalDomain(text: string, flag = 'domain'): string {
  const parsed = domainName.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new Failure('invalid', `--${flag} ${JSON.stringify(text)}: ${parsed.error.issues[0]?.message}`);
}
