/** Path of the first file of an archive. */
export const README_PATH = 'README.txt';

/** Returns the text for a person who opens an archive by hand. Its first line has the version of the format. */
export function readmeText(version: number, isEncrypted: boolean): string {
  const open = isEncrypted
    ? ['    age --decrypt --identity identity.txt NAME.tar.gz.age | tar --extract --gzip', '', ABOUT_KEYS]
    : ['    tar --extract --gzip --file NAME.tar.gz'];
  return [
    `Backup of Hecate, format version ${version}.`,
    '',
    'This is how to open it by hand, in an empty folder:',
    '',
    ...open,
    FILES,
  ].join('\n');
}

/** Returns the version of the format that a README names; null: it names none. */
export function readmeVersion(text: string): number | null {
  const version = /^Backup of Hecate, format version (\d{1,9})\.\n/.exec(text)?.[1];
  return version === undefined ? null : Number(version);
}

const ABOUT_KEYS = `identity.txt is the file that \`hecate backup identity --export FILE\` wrote. \`age\` is at https://age-encryption.org.`;

const FILES = `
To restore it, use Hecate instead: hecate backup restore --from FILE

    manifest.json   what this backup is of, what it does not hold, and the SHA-256 of every other file
    state/          the resources, as the YAML that \`hecate update apply --from-git FOLDER\` takes
    log/            the commits and outcomes, one message a line: sequence, subject, time and data
    blobs/          the content of large commits, by its SHA-256
    secrets/        the values of secrets, by their path in Vault
    identities/     keys with which Hecate signs in to its servers, and the recovery keys of OpenBao
    caddy/          Caddy's accounts and certificates

A folder without content is not there. Delete what you unpacked when you are done: it may hold secrets.
`;
