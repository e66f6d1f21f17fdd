import { z } from 'zod';
import { basicAuthOf } from '../middleware/kinds/basic-auth.js';
import { isBcryptHash, LONGEST_PASSWORD_BYTES } from '../values/bcrypt.js';
import type { SecretKind } from './kind.js';

/**
 * User names and passwords for the middleware `basic-auth:NAME`. The file has a line `user:password` for each account.
 * Vault keeps the bcrypt hash of each password by its user, never the password.
 */
export const basicAuth = {
  name: 'basic-auth',
  purpose: 'the accounts of a route’s middleware basic-auth:NAME',
  content: 'a line user:password (or user:bcrypt-hash) for each account',
  refusalCode: 'accounts-unusable',
  formerClaims: ['accounts'],
  problem: accountsProblem,
  async store(text, { hashPassword }) {
    const users: [user: string, hash: string][] = [];
    for (const { user, password } of parseAccounts(text)) {
      users.push([user, isBcryptHash(password) ? password : await hashPassword(password)]);
    }
    // Not by assignment, which would lose a user named __proto__.
    return Object.fromEntries(users);
  },
  usedBy: basicAuthOf,
  settings: z.strictObject({}),
  isOwn: false,
  rotation: {
    newValue: 'either',
    dualSecretProblem: null,
    isInProxies: true,
    isRevealable: true,
    issuesItself: false,
    proof:
      'Each proxy accepts the new passwords, and afterwards refuses the old ones. Hecate does not know who uses an account, so nobody is proven to have changed over.',
  },
} as const satisfies SecretKind;

interface Account {
  readonly user: string;
  /** A password, or its bcrypt hash. */
  readonly password: string;
}

function accountsProblem(text: string): string | null {
  const lines = linesOf(text);
  if (lines.length === 0) return 'the file is empty; write a line user:password for each account';
  const bad = lines.findIndex((line) => line.indexOf(':') < 1);
  if (bad >= 0) return `line ${bad + 1} has no user name before a colon; write user:password`;
  const accounts = parseAccounts(text);
  const empty = accounts.find(({ password }) => password === '');
  if (empty) return `user ${empty.user} has no password`;
  const long = accounts.find(({ password }) => new TextEncoder().encode(password).length > LONGEST_PASSWORD_BYTES);
  if (long)
    return `the password of ${long.user} is longer than ${LONGEST_PASSWORD_BYTES} bytes, and bcrypt ignores the rest; choose a shorter one`;
  const twice = accounts.find(({ user }, index) => accounts.findIndex((other) => other.user === user) !== index);
  return twice ? `user ${twice.user} has two lines; remove one` : null;
}

function parseAccounts(text: string): Account[] {
  return linesOf(text).map((line) => {
    const at = line.indexOf(':');
    return { user: line.slice(0, at), password: line.slice(at + 1) };
  });
}

function linesOf(text: string): string[] {
  return text.split(/\r?\n/).filter((line) => line.trim() !== '');
}
