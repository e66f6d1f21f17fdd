import { isSame } from '../../domain/data/fields.js';
import { isObject, type Json } from '../../domain/data/json.js';
import type { Change } from '../../domain/log/commit.js';
import { plainRoute } from '../../domain/resources/route.js';
import { shownSecret } from './drawn-secret.js';
import { painted, type Paint } from './painted.js';

/** Returns a change for a person: a headline, then field by field. Of a new route only what differs from a plain one. */
export function drawnChange(change: Change, indent = ''): string[] {
  return [
    `${indent}${painted(paintOf(change), headline(change))}`,
    ...difference(sidesOf(change), usualOf(change)).map((line) => `${indent}  ${line}`),
  ];
}

/** A secret has ids and times that a person does not need. */
function sidesOf(change: Change): { readonly before: unknown; readonly after: unknown } {
  if (change.kind !== 'Secret') return change;
  const { before, after } = change;
  const [old, now] = [before && shownSecret(before), after && shownSecret(after)];
  // It is said once, when the rotation begins.
  const isKnown = before?.rotation != null || after?.rotation == null;
  return isKnown && old && now
    ? { before: { ...old, begun: null }, after: { ...now, begun: null } }
    : { before: old, after: now };
}

/** Returns the fields that the headline states, or that hold by default. */
function usualOf({ kind, name }: Change): unknown {
  return kind === 'Route' ? plainRoute(name, '') : { name, domain: name };
}

function paintOf({ before, after }: Change): Paint {
  if (before === null) return 'green';
  return after === null ? 'red' : 'yellow';
}

/** When an overlay and its present step began: the commit has that time too. The fields that a source is ahead in are listed by themselves. */
const BOOKKEEPING: ReadonlySet<string> = new Set(['since', 'stepSince', 'ahead']);

/**
 * Returns what a change does, a line a field: `upstream: "a:1" → "b:2"`. Lists are compared by their items, in lines such as
 * `middleware: + compression`. A new or deleted resource shows only what differs from the `usual` one.
 */
export function difference(
  { before, after }: { readonly before: unknown; readonly after: unknown },
  usual: unknown = null,
): string[] {
  const unsaid = before === null || after === null ? usual : null;
  return fieldLines('', { before, after, usual: unsaid });
}

/** One line on a change: what happens to what. */
export function headline(change: Change): string {
  const verb = change.before === null ? 'create' : change.after === null ? 'delete' : 'change';
  return `${verb} ${change.kind} ${change.name}`;
}

interface Sides {
  readonly before: unknown;
  readonly after: unknown;
  readonly usual: unknown;
}

function fieldLines(path: string, { before, after, usual }: Sides): string[] {
  if (isSame(before ?? null, after ?? null) || isSame(before ?? after, usual)) return [];
  if (Array.isArray(before) || Array.isArray(after)) return listLines(path, listOf(before), listOf(after));
  if (!isObject(before) && !isObject(after)) return [`${path}: ${shown(before)} → ${shown(after)}`];
  const [old, now, plain] = [before, after, usual].map((side) => (isObject(side) ? side : {})) as [Json, Json, Json];
  const names = [...new Set([...Object.keys(old), ...Object.keys(now)])];
  return names
    .filter((name) => path !== '' || !BOOKKEEPING.has(name))
    .flatMap((name) => {
      const sides = { before: own(old, name), after: own(now, name), usual: own(plain, name) };
      return fieldLines(path === '' ? name : `${path}.${name}`, sides);
    });
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Objects have inherited names, such as `constructor`, that are no fields. */
function own(fields: Json, name: string): unknown {
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}

/** Items that are gone, then those that are new, then what changed within the others, then their order. */
function listLines(path: string, before: readonly unknown[], after: readonly unknown[]): string[] {
  const [old, now] = [keyed(before), keyed(after)];
  const [gone, come] = [outside(old, now), outside(now, old)];
  const [kept, keptNow] = [outside(old, gone), outside(now, come)];
  const isMoved = [...kept.keys()].join('\n') !== [...keptNow.keys()].join('\n');
  return [
    ...[...gone.values()].map((item) => `${path}: - ${itemText(item)}`),
    ...[...come.values()].map((item) => `${path}: + ${itemText(item)}`),
    ...[...kept].flatMap(([key, item]) =>
      fieldLines(`${path}[${key}]`, { before: item, after: keptNow.get(key), usual: null }),
    ),
    ...(isMoved ? [`${path}: in this order now: ${[...now.values()].map(itemText).join(', ')}`] : []),
  ];
}

/** Items by what identifies them; one that is there twice counts twice. */
function keyed(items: readonly unknown[]): Map<string, unknown> {
  const byKey = new Map<string, unknown>();
  for (const item of items) {
    const key = keyOf(item);
    let unique = key;
    for (let copy = 2; byKey.has(unique); copy++) unique = `${key} (${copy})`;
    byKey.set(unique, item);
  }
  return byKey;
}

function outside(items: ReadonlyMap<string, unknown>, others: ReadonlyMap<string, unknown>): Map<string, unknown> {
  return new Map([...items].filter(([key]) => !others.has(key)));
}

/** Identity of an item: a server's address, else the item's name, else its whole value. */
function keyOf(item: unknown): string {
  if (!isObject(item)) return plain(item);
  const { address, name } = item;
  return typeof address === 'string' ? address : typeof name === 'string' ? name : JSON.stringify(item);
}

function itemText(item: unknown): string {
  if (!isObject(item)) return shortened(plain(item));
  const key = keyOf(item);
  const rest = Object.entries(item).filter(([name, value]) => value !== key && !(name === 'weight' && value === 1));
  if (key.startsWith('{')) return shortened(key);
  return shortened([key, ...rest.map(([name, value]) => `${name} ${plain(value)}`)].join(', '));
}

function plain(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function shown(value: unknown): string {
  return value === undefined || value === null ? '–' : shortened(JSON.stringify(value));
}

const LONGEST = 160;

/** A chain of certificates is too long to read; the fingerprint beside it identifies it. */
function shortened(whole: string): string {
  const text = whole.replace(/[\t\n]+/g, ' ');
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST / 2)}… (${text.length} characters)`;
}
