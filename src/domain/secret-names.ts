import { looksSecret } from './values/header.js';
import { nearest } from './data/nearest.js';

/** What people call the value of a secret. */
const VALUE_NAMES = [
  ...['value', 'values', 'data', 'stringdata', 'binarydata', 'content', 'file', 'fromfile', 'hash', 'htpasswd'],
  ...['password', 'passwords', 'passphrase', 'secret', 'token', 'key', 'apikey', 'privatekey', 'credentials'],
  ...['user', 'users', 'username', 'account', 'accounts'],
];

/** Names as long as these are told from others also when they are misspelt. */
const SURE_LENGTH = 6;
const SURE_NAMES = VALUE_NAMES.filter(({ length }) => length >= SURE_LENGTH);
const PARTS = /passw(or)?d|passphrase|credential|privatekey|secret|token/;

/** Whether a manifest of a secret would give its value, or the way to it, in a field of this name. */
export function isValueName(field: string): boolean {
  const names = [...VALUE_NAMES, 'path'];
  const folded = fold(field);
  return names.includes(folded) || nearest(folded, names) !== undefined;
}

/** Whether what stands under this name, wherever that is, is better not shown. */
export function mayHoldSecret(name: string): boolean {
  const folded = fold(name);
  if (VALUE_NAMES.includes(folded) || PARTS.test(folded) || looksSecret(name)) return true;
  return folded.length >= SURE_LENGTH && nearest(folded, SURE_NAMES) !== undefined;
}

function fold(name: string): string {
  return name.toLowerCase().replace(/[-_]/g, '');
}
