import { Refused, badRequest } from './exchange.js';
import type { Fields } from '../store/state.js';

/** A filter of a list: returns true when a row matches the value. */
export type Filter<Row> = (row: Row, value: string) => boolean;

/** Returns one page of `rows` in the API's envelope, filtered, searched and ordered by the query. Throws 404 for an unknown page. */
export function pageOf<Row>(
  rows: readonly Row[],
  query: URLSearchParams,
  options: { filters?: Readonly<Record<string, Filter<Row>>>; autocomplete?: unknown; ordering?: string },
): { pagination: Fields; rows: readonly Row[]; autocomplete: unknown } {
  let found = rows;
  for (const [name, filter] of Object.entries(options.filters ?? {})) {
    for (const value of query.getAll(name)) if (value !== '') found = found.filter((row) => filter(row, value));
  }
  const search = query.get('search')?.toLowerCase();
  if (search) found = found.filter((row) => JSON.stringify(row).toLowerCase().includes(search));
  return {
    ...cut(ordered(found, query.get('ordering') ?? options.ordering ?? null), query),
    autocomplete: options.autocomplete ?? {},
  };
}

function ordered<Row>(rows: readonly Row[], by: string | null): readonly Row[] {
  if (!by) return rows;
  const name = by.replace(/^-/, '') as keyof Row;
  const sorted = [...rows].sort((a, b) => compare(a[name], b[name]));
  return by.startsWith('-') ? sorted.reverse() : sorted;
}

const compare = (a: unknown, b: unknown) =>
  typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b));

function cut<Row>(rows: readonly Row[], query: URLSearchParams) {
  const size = Math.min(Math.max(Number(query.get('page_size') ?? 20) || 20, 1), 100);
  const pages = Math.max(1, Math.ceil(rows.length / size));
  const current = Number(query.get('page') ?? 1);
  if (!Number.isInteger(current) || current < 1 || current > pages) throw new Refused(404, { detail: 'Invalid page.' });
  const start = (current - 1) * size;
  const shown = rows.slice(start, start + size);
  const pagination = {
    next: current < pages ? current + 1 : 0,
    previous: current - 1,
    count: rows.length,
    current,
    total_pages: pages,
    start_index: shown.length === 0 ? 0 : start + 1,
    end_index: start + shown.length,
  };
  return { pagination, rows: shown };
}

/** Returns two filters of a field: `name` compares exactly, and `name__iexact` ignores case. */
export function byField<Row>(...names: readonly (keyof Row & string)[]): Record<string, Filter<Row>> {
  const filters: Record<string, Filter<Row>> = {};
  for (const name of names) {
    filters[name] = (row, value) => String(row[name]) === value;
    filters[`${name}__iexact`] = (row, value) => String(row[name]).toLowerCase() === value.toLowerCase();
  }
  return filters;
}

/** Filters rows whose attributes contain all entries of a JSON object. */
export function holdsAttributes(row: { attributes: Fields }, value: string): boolean {
  const wanted = parse(value);
  return Object.entries(wanted).every(([key, want]) => JSON.stringify(row.attributes[key]) === JSON.stringify(want));
}

function parse(value: string): Fields {
  try {
    return JSON.parse(value) as Fields;
  } catch {
    return badRequest('attributes', 'Invalid JSON');
  }
}
