import { Refused } from './exchange.js';
import type { Fields, Kind } from '../store/state.js';
import type { Store } from '../store/store.js';

/** Why a value isn't taken, as the API words it; null when it is. */
type Check = (value: unknown, store: Store) => string | null;
export type Field = { readonly check: Check; readonly required?: boolean; readonly nullable?: boolean };
export type FieldTable = Readonly<Record<string, Field>>;

const isUuid = (value: unknown) =>
  typeof value === 'string' && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value);

export const textField: Field = { check: (value) => (typeof value === 'string' ? null : 'Not a valid string.') };
export const bool: Field = { check: (value) => (typeof value === 'boolean' ? null : 'Must be a valid boolean.') };
export const integer: Field = { check: (value) => (Number.isInteger(value) ? null : 'A valid integer is required.') };
export const json: Field = {
  check: (value) => (value !== null && typeof value === 'object' ? null : 'Value must be valid JSON.'),
};
export const url: Field = {
  check: (value) => (/^https?:\/\/[^\s/?#]+\S*$/.test(String(value)) ? null : 'Enter a valid URL.'),
};
export const filled: Field = {
  check: (value, store) => (value === '' ? 'This field may not be blank.' : textField.check(value, store)),
};

/** A slug; the API quotes the word differently from object to object. */
export const slug = (quoted: string): Field => ({
  check: (value) =>
    /^[-\w]+$/.test(String(value))
      ? null
      : `Enter a valid ${quoted} consisting of letters, numbers, underscores or hyphens.`,
});

export const choice = (...values: readonly string[]): Field => ({
  check: (value) => (values.includes(value as string) ? null : `"${String(value)}" is not a valid choice.`),
});

/** The key of an object that must exist. */
export const reference = (...kinds: readonly Kind[]): Field => ({
  check: (value, store) => {
    if (typeof value === 'string' && !isUuid(value)) return `“${value}” is not a valid UUID.`;
    if (kinds.some((kind) => store.find(kind, value))) return null;
    return `Invalid pk "${String(value)}" - object does not exist.`;
  },
});

export const listOf = (item: Field): Field => ({
  check: (value, store) => {
    if (!Array.isArray(value)) return `Expected a list of items but got type "${typeof value}".`;
    return value.map((entry) => item.check(entry, store)).find((problem) => problem !== null) ?? null;
  },
});

export const required = (field: Field): Field => ({ ...field, required: true });
export const nullable = (field: Field): Field => ({ ...field, nullable: true });

/** The known fields of a body; 400 with a list of messages a field when some are wrong or, unless `partial`, missing. */
export function readFields(table: FieldTable, body: Fields, partial: boolean, store: Store): Fields {
  const problems: Record<string, string[]> = {};
  const values: Fields = {};
  for (const [name, field] of Object.entries(table)) {
    const problem = problemOf(field, body[name], partial, store);
    if (problem !== null) problems[name] = [problem];
    else if (body[name] !== undefined) values[name] = body[name];
  }
  if (Object.keys(problems).length > 0) throw new Refused(400, problems);
  return values;
}

function problemOf(field: Field, value: unknown, partial: boolean, store: Store): string | null {
  if (value === undefined) return field.required && !partial ? 'This field is required.' : null;
  if (value === null) return field.nullable ? null : 'This field may not be null.';
  return field.check(value, store);
}

/** A value of a body as text; `otherwise` for what is neither text nor a number. */
export const textOf = (value: unknown, otherwise = ''): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : otherwise;
