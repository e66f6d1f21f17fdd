import { looksSecret } from './header.js';
import { nearest } from '../data/nearest.js';

const USER_OF_URL = /:\/\/[^\s"'`,]*@/g;
const USER_AND_PASSWORD = /[^\s"'`/@:[{,]+:[^\s"'`/@]+@/g;
/** Followed by the name of a secret and nothing else, it says none. */
const BASIC_AUTH =
  /(\b[Bb][Aa][Ss][Ii][Cc][-_]?[Aa][Uu][Tt][Hh]["']?\s*:\s*)(?![a-z0-9-]{1,63}\s*(?:["'\]}]|,\s|$|#))\S.*$/;
/** A name with the value behind it, as YAML, JSON and middleware write them. */
const NAMED = /([\w.-]+)(?:["']\s*:\s*|\s*:\s+|=)(?=\S)/g;

/** A sentence without the users and passwords of the addresses in it. */
export function withoutUsers(text: string): string {
  return text.replace(USER_OF_URL, '://***@').replace(USER_AND_PASSWORD, '***@');
}

/** One line of a manifest without what may be a password: it would end up in logs and reviews. */
export function redacted(line: string): string {
  const plain = withoutUsers(line).replace(BASIC_AUTH, '$1…');
  for (const { 0: found, 1: name = '', index } of plain.matchAll(NAMED)) {
    if (mayHoldSecret(name)) return `${plain.slice(0, index + found.length)}…`;
  }
  return plain;
}

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
