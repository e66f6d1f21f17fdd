import { isObject } from '../data/json.js';
import type { SecretValue } from '../middleware/resolved-secrets.js';
import type { ValueForm } from './kind.js';

/** A value as Vault kept it, which a restore brings back: its fields as JSON. It needs no check of a kind: it passed that once. */
export const storedValue: ValueForm = {
  problem: (text) => (fieldsIn(text) === null ? 'it is not a value as Vault keeps it' : null),
  store: async (text) => fieldsIn(text) ?? {},
};

function fieldsIn(text: string): SecretValue | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) && Object.values(value).every((one) => typeof one === 'string')
      ? (value as SecretValue)
      : null;
  } catch {
    return null;
  }
}
