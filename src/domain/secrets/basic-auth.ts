/** One line of an accounts file. */
export interface Account {
  readonly user: string;
  /** As it was given: a password, or its bcrypt hash. */
  readonly password: string;
}

const BCRYPT = /^\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}$/;
/** bcrypt looks at no more. */
const LONGEST_PASSWORD_BYTES = 72;

/** The accounts of a text with a line `user:password` each. */
export function parseAccounts(text: string): Account[] {
  return linesOf(text).map((line) => {
    const at = line.indexOf(':');
    return { user: line.slice(0, at), password: line.slice(at + 1) };
  });
}

/** Why a text is no list of accounts; null: it is. Never repeats a password, nor a line that may be one. */
export function accountsProblem(text: string): string | null {
  const lines = linesOf(text);
  if (lines.length === 0) return 'it has no line; each is user:password';
  const bad = lines.findIndex((line) => line.indexOf(':') < 1);
  if (bad >= 0) return `line ${bad + 1} has no user name before a colon`;
  const accounts = parseAccounts(text);
  const empty = accounts.find(({ password }) => password === '');
  if (empty) return `user ${empty.user} has no password`;
  const long = accounts.find(({ password }) => new TextEncoder().encode(password).length > LONGEST_PASSWORD_BYTES);
  if (long)
    return `the password of ${long.user} is longer than ${LONGEST_PASSWORD_BYTES} bytes, of which bcrypt sees no more`;
  const twice = accounts.find(({ user }, index) => accounts.findIndex((other) => other.user === user) !== index);
  return twice ? `user ${twice.user} is given twice` : null;
}

/** Whether a password was given as its bcrypt hash. */
export function isHashed(password: string): boolean {
  return BCRYPT.test(password);
}

function linesOf(text: string): string[] {
  return text.split(/\r?\n/).filter((line) => line.trim() !== '');
}
