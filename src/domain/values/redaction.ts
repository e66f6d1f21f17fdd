import { mayHoldSecret } from '../secret-names.js';

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
export function concealed(line: string): string {
  const plain = withoutUsers(line).replace(BASIC_AUTH, '$1…');
  for (const { 0: found, 1: name = '', index } of plain.matchAll(NAMED)) {
    if (mayHoldSecret(name)) return `${plain.slice(0, index + found.length)}…`;
  }
  return plain;
}
