import { isDuration } from './durations.js';
import { Refused } from './exchange.js';
import { isUrl } from './urls.js';
import type { Fields, Kind } from '../store/state.js';
import type { Store } from '../store/store.js';

/** Returns the API's error message for a value; null when the value is valid. */
type Check = (value: unknown, store: Store) => string | null;
/** A field of a request body with its check. */
export type Field = {
  readonly check: Check;
  readonly required?: boolean;
  readonly nullable?: boolean;
  /** Returns a valid value in the form in which the store keeps it. */
  readonly kept?: (value: unknown, store: Store) => unknown;
};
/** The fields of a kind of object, by name. */
export type FieldTable = Readonly<Record<string, Field>>;

const isUuid = (value: unknown) =>
  typeof value === 'string' && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value);

/** A text. */
export const textField: Field = { check: (value) => (typeof value === 'string' ? null : 'Not a valid string.') };
/** A boolean. */
export const bool: Field = { check: (value) => (typeof value === 'boolean' ? null : 'Must be a valid boolean.') };
/** An integer. */
export const integer: Field = { check: (value) => (Number.isInteger(value) ? null : 'A valid integer is required.') };
/** A JSON object or list. */
export const json: Field = {
  check: (value) => (value !== null && typeof value === 'object' ? null : 'Value must be valid JSON.'),
};
/** An http or https URL, of which authentik also checks the host name. */
export const url: Field = {
  check: (value) => (isUrl(String(value)) ? null : 'Enter a valid URL.'),
};
/** A {@link url}, or an empty text. */
export const optionalUrl: Field = {
  check: (value, store) => (value === '' ? null : url.check(value, store)),
};
/** A duration such as `hours=1;minutes=30`. */
export const duration: Field = {
  check: (value) =>
    isDuration(String(value)) ? null : `${String(value)} is not in the correct format of 'hours=3;minutes=1'.`,
};
/** A text that is not empty. */
export const filled: Field = {
  check: (value, store) => (value === '' ? 'This field may not be blank.' : textField.check(value, store)),
};

/** A slug. `quoted` is the word "slug" in the API's message, whose quotation marks differ between objects. */
export const slug = (quoted: string): Field => ({
  check: (value) =>
    /^[-\w]+$/.test(String(value))
      ? null
      : `Enter a valid ${quoted} consisting of letters, numbers, underscores or hyphens.`,
});

/** One of some texts. */
export const choice = (...values: readonly string[]): Field => ({
  check: (value) => (values.includes(value as string) ? null : `"${String(value)}" is not a valid choice.`),
});

/** The primary key of an existing object of one of the kinds. */
export const reference = (...kinds: readonly Kind[]): Field => ({
  check: (value, store) => {
    if (typeof value === 'string' && !isUuid(value)) return `“${value}” is not a valid UUID.`;
    if (kinds.some((kind) => store.find(kind, value))) return null;
    return `Invalid pk "${String(value)}" - object does not exist.`;
  },
});

/** A list of items, each with the same check. */
export const listField = (item: Field): Field => ({
  check: (value, store) => {
    if (!Array.isArray(value)) return `Expected a list of items but got type "${typeof value}".`;
    return value.map((entry) => item.check(entry, store)).find((problem) => problem !== null) ?? null;
  },
});

/** Makes a list refuse to be empty. */
export const notEmpty = (list: Field): Field => ({
  ...list,
  check: (value, store) =>
    Array.isArray(value) && value.length === 0 ? 'This list may not be empty.' : list.check(value, store),
});

/** Makes a field required, except in a PATCH. */
export const required = (field: Field): Field => ({ ...field, required: true });
/** Makes a field accept null. */
export const nullable = (field: Field): Field => ({ ...field, nullable: true });

/** Returns the known fields of a body. Throws 400 with messages by field for invalid fields and, unless `partial`, missing ones. */
export function readFields(table: FieldTable, body: Fields, partial: boolean, store: Store): Fields {
  const problems: Record<string, string[]> = {};
  const values: Fields = {};
  for (const [name, field] of Object.entries(table)) {
    const problem = problemOf(field, body[name], partial, store);
    if (problem !== null) problems[name] = [problem];
    else if (body[name] !== undefined) values[name] = field.kept?.(body[name], store) ?? body[name];
  }
  if (Object.keys(problems).length > 0) throw new Refused(400, problems);
  return values;
}

function problemOf(field: Field, value: unknown, partial: boolean, store: Store): string | null {
  if (value === undefined) return field.required && !partial ? 'This field is required.' : null;
  if (value === null) return field.nullable ? null : 'This field may not be null.';
  return field.check(value, store);
}

/** Returns a text or number as text; `otherwise` for any other value. */
export const asText = (value: unknown, otherwise = ''): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : otherwise;
