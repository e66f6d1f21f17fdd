import { nearest } from '../data/nearest.js';

/**
 * Returns a message without the users and passwords of the addresses in it, whether or not they are proper URLs. Takes
 * time proportional to the length: a pattern that is tried at every character of a long word would take its square.
 */
export function redactAddresses(text: string): string {
  return text.replace(WORD, withoutUserOfUrl).replace(UP_TO_AT, withoutUserAndPassword);
}

const WORD = /[^\s"'`,]+/g;
const UP_TO_AT = /(?<![^\s"'`/@])[^\s"'`/@]+@/g;
const USER_AND_PASSWORD = /(?<![^:[{,])[^:[{,]+:.+@$/;

function withoutUserOfUrl(word: string): string {
  const scheme = word.indexOf('://');
  const at = word.lastIndexOf('@');
  return scheme < 0 || at < scheme ? word : `${word.slice(0, scheme)}://***@${word.slice(at + 1)}`;
}

function withoutUserAndPassword(text: string): string {
  return text.replace(USER_AND_PASSWORD, '***@');
}

/** Returns a text with the user, password and query of each URL in it replaced by `***`. */
export function redactUrls(text: string): string {
  return text.replace(/(?<=[a-z0-9+.-]):\/\/[^/\s]*@/gi, '://***@').replace(/[^\s#']+/g, withoutQuery);
}

function withoutQuery(word: string): string {
  const scheme = word.search(/(?<!\bfile):\/\//i);
  const query = scheme < 0 ? -1 : word.indexOf('?', scheme);
  return query < 0 ? word : `${word.slice(0, query)}?***`;
}

/** Returns a text without the user, password and query of each URL in it, so that the URLs can be compared and used. */
export function stripCredentials(text: string): string {
  return redactUrls(text).replaceAll('://***@', '://').replaceAll('?***', '');
}

/** An authenticating middleware, such as `basic-auth`, unless only the name of a secret follows. */
const AUTH_MIDDLEWARE = /(\b[A-Za-z]+[-_]?[Aa][Uu][Tt][Hh]["']?\s*:\s*)(?![a-z0-9-]{1,63}\s*(?:["'\]}]|,\s|$|#))\S.*$/;
/** A name with a value after it, as YAML, JSON and middleware write them. */
const NAMED = /(?<![\w.-])([\w.-]+)(?:["']\s*:\s*|\s*:\s+|=)(?=\S)/g;

/** Returns one line of a manifest without what may be a password: messages end up in logs and reviews. */
export function redactLine(line: string): string {
  const plain = redactAddresses(line).replace(AUTH_MIDDLEWARE, '$1…');
  for (const { 0: found, 1: name = '', index } of plain.matchAll(NAMED)) {
    if (mayHoldSecret(name)) return `${plain.slice(0, index + found.length)}…`;
  }
  return plain;
}

/** Fields of a proxy's configuration with passwords or their hashes, and with what marks and traces Hecate's own visits. */
const PROXY_SECRET = /accounts|password|hecate_trace|Hecate-Visit/;

/** Returns a difference without its values when these may hold passwords or their hashes. Its path stays. */
export function redactDifference<T extends { path: string; wanted?: unknown; found?: unknown }>(difference: T): T {
  const { path, wanted, found } = difference;
  if (!PROXY_SECRET.test(`${path} ${JSON.stringify([wanted, found])}`)) return difference;
  return { ...difference, wanted: hidden(wanted), found: hidden(found) };
}

function hidden(value: unknown): string | undefined {
  return value === undefined ? undefined : '(secret, not shown)';
}

const SECRET_HEADER = /^(authorization|proxy-authorization|.*(api-?key|token|secret|password).*)$/i;

/** Returns true for the names of headers whose values are secrets, judged by the name only. */
export function isSecretHeader(name: string): boolean {
  return SECRET_HEADER.test(name);
}

/** Names that people give to the field with a secret's value. */
const VALUE_NAMES = [
  ...['value', 'values', 'data', 'stringdata', 'binarydata', 'content', 'file', 'fromfile', 'hash', 'htpasswd'],
  ...['password', 'passwords', 'passphrase', 'secret', 'token', 'key', 'apikey', 'privatekey', 'credentials'],
  ...['user', 'users', 'username', 'account', 'accounts'],
];

/** Returns true for a field of a secret's manifest that would hold its value, or the path to it. Allows for typing errors. */
export function isSecretValueField(field: string): boolean {
  const names = [...VALUE_NAMES, 'path'];
  const folded = fold(field);
  return names.includes(folded) || nearest(folded, names) !== undefined;
}

/** Shortest name that is still recognised when it is misspelt. Shorter ones are too close to other words. */
const SURE_LENGTH = 6;
const SURE_NAMES = VALUE_NAMES.filter(({ length }) => length >= SURE_LENGTH);
const PARTS = /passw(or)?d|passphrase|credential|privatekey|secret|token/;

function mayHoldSecret(name: string): boolean {
  const folded = fold(name);
  if (VALUE_NAMES.includes(folded) || PARTS.test(folded) || isSecretHeader(name)) return true;
  return folded.length >= SURE_LENGTH && nearest(folded, SURE_NAMES) !== undefined;
}

function fold(name: string): string {
  return name.toLowerCase().replace(/[-_]/g, '');
}
