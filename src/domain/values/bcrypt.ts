const BCRYPT = /^\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}$/;

/** Length of the longest password in bytes. bcrypt ignores everything after it. */
export const LONGEST_PASSWORD_BYTES = 72;

/** Returns true for the bcrypt hash of a password, in the form that Caddy accepts. */
export function isBcryptHash(text: string): boolean {
  return BCRYPT.test(text);
}
