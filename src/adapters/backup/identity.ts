// The age identity with which the backups of an environment are opened. Imports adapters/files and age-encryption.
import { randomUUID } from 'node:crypto';
import { linkSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { Encrypter, generateX25519Identity, identityToRecipient } from 'age-encryption';
import type { BackupIdentity } from '../../ports/backup/backups.js';
import { Failure } from '../../ports/failure.js';
import type { Secrets } from '../../ports/secrets.js';
import { makePrivateFolder, readJson, writeJson, writePrivate } from '../files/private-files.js';
import { fileProblem, readSecretFile } from '../files/secret-file.js';

/** Path of the identity in Hecate's own mount of Vault. */
export const IDENTITY_IN_VAULT = 'backup/identity';

/** Largest file of identities in bytes. */
const LARGEST_IDENTITY_FILE = 64 * 1024;

/** Places of the identity of an environment, from the settings and the home. */
export interface IdentityPlaces {
  /** `HECATE_BACKUP_RECIPIENTS`: recipients separated by commas; empty or absent: those of the identity. */
  readonly recipients: string | undefined;
  /** `HECATE_BACKUP_IDENTITY`: `file`, `vault`, or a path; empty or absent: `file`. */
  readonly identity: string | undefined;
  /** The file of the home. */
  readonly file: string;
  /** Marks that the identity was exported. */
  readonly exported: string;
  /** The folder that a loss of the machine takes along. */
  readonly home: string;
  /** Null: no Vault, or one that this process cannot read. */
  readonly secrets: Pick<Secrets, 'read' | 'keep' | 'address'> | null;
  /** Current time, ISO 8601 UTC. */
  readonly now: () => string;
}

/** The identity of an environment, and the note that it was exported. */
export interface OwnBackupIdentity extends BackupIdentity {
  /** Where the identity is, for a person: a path, or `Vault`. */
  readonly place: string;
  /** Notes that the identity of these recipients was exported. */
  markExported(recipients: readonly string[]): void;
  /** Returns the time of the export of the identity of these recipients; null: it was not exported. */
  exportedAt(recipients: readonly string[]): string | null;
}

/**
 * Returns the identity of an environment. Throws `invalid` for wrong settings and a damaged file, which is never replaced; `missing`
 * for a configured path without a file; `denied` for a file that cannot be read, and when Vault is out of reach for this process.
 */
export function createBackupIdentity(places: IdentityPlaces): OwnBackupIdentity {
  const configured = configuredRecipients(places.recipients);
  const source = sourceOf(places);
  const recipients = async () => {
    if (configured.length > 0) return configured;
    return recipientsOf((await source.read()) ?? (await source.create()));
  };
  const exportedAt = (of: readonly string[]) => {
    const { value } = readJson<Exported>(places.exported, isExported);
    return value !== null && of.every((one) => value.recipients.includes(one)) ? value.at : null;
  };
  return {
    place: source.place,
    recipients,
    exportedAt,
    identities: async () => (await source.read()) ?? [],
    markExported(of) {
      makePrivateFolder(dirname(places.exported));
      writeJson(places.exported, { recipients: of, at: places.now() } satisfies Exported);
    },
    async warning() {
      if (!source.isLostWithHome) return null;
      const own = await source.read();
      const needed = configured.length > 0 ? configured : own && (await recipientsOf(own));
      // Another process made the identity, or will.
      if (needed === null) return exportedAt([]) === null ? source.warning : null;
      const isElsewhere = own !== null && !(await isOnly(needed, own));
      return isElsewhere || (configured.length > 0 && own === null) || exportedAt(needed) !== null
        ? null
        : source.warning;
    },
  };
}

/**
 * Reads a file of identities as age has it: one a line, with comments. Throws `missing`, `denied`, or `invalid` with the line; no
 * message repeats a line.
 */
export async function readIdentityFile(path: string): Promise<readonly string[]> {
  const found = await identitiesIn(path);
  if (found !== null) return found;
  throw new Failure('missing', `there is no identity in ${path}: no such file`, {
    hint: 'Name the file that this wrote: hecate backup identity --export FILE',
  });
}

/** Returns the text of a file with identities, as `age-keygen` writes it. */
export async function identityFileText(identities: readonly string[], at: string): Promise<string> {
  const recipients = await recipientsOf(identities);
  const lines = identities.flatMap((identity, index) => [`# public key: ${recipients[index] ?? ''}`, identity]);
  return [
    `# Identity of backups of Hecate, written ${at}. Whoever has it can read all secrets in them.`,
    ...lines,
    '',
  ].join('\n');
}

/** Returns the public keys of identities, in their order. */
export async function recipientsOf(identities: readonly string[]): Promise<readonly string[]> {
  return Promise.all(identities.map(identityToRecipient));
}

/** One of the places where an identity can be. */
interface Source {
  readonly place: string;
  /** A loss of the home would take it along. */
  readonly isLostWithHome: boolean;
  readonly warning: string;
  /** Null: there is none yet. */
  read(): Promise<readonly string[] | null>;
  create(): Promise<readonly string[]>;
}

function sourceOf(places: IdentityPlaces): Source {
  const setting = places.identity?.trim() ?? '';
  if (setting === 'vault') return vaultSource(places);
  const isOwn = setting === '' || setting === 'file';
  if (!isOwn && !setting.startsWith('/')) {
    throw new Failure('invalid', `HECATE_BACKUP_IDENTITY ${JSON.stringify(setting)} is not a place of an identity`, {
      hint: 'Set it to file, to vault, or to an absolute path.',
    });
  }
  const path = isOwn ? places.file : setting;
  return {
    place: path,
    isLostWithHome: isOwn || path.startsWith(`${places.home}/`),
    warning: `the only identity that opens the backups is ${path}, and would be lost with this machine`,
    read: () => identitiesIn(path),
    async create() {
      if (isOwn) return createFile(path, places.now());
      throw new Failure('missing', `HECATE_BACKUP_IDENTITY is ${path}, but there is no such file`, {
        hint: `Mount what holds it, or make an identity there: age-keygen -o ${path}`,
      });
    },
  };
}

function vaultSource({ secrets, now }: IdentityPlaces): Source {
  const read = async () => {
    const value = secrets === null ? null : await secrets.read(IDENTITY_IN_VAULT);
    return value === null ? null : parsed(value['value'] ?? '', `${IDENTITY_IN_VAULT} in Vault`);
  };
  return {
    place: 'Vault',
    isLostWithHome: true,
    warning: 'the only identity that opens the backups is in Vault, and would be lost with it',
    read,
    async create() {
      if (secrets === null) {
        throw new Failure('denied', 'the identity of the backups is in Vault, which only the worker can read', {
          hint: 'Export it, and name the file: hecate backup identity --export FILE',
        });
      }
      const identity = await generateX25519Identity();
      await secrets.keep(IDENTITY_IN_VAULT, { value: await identityFileText([identity], now()) });
      // Another process may have been faster; its value stays.
      const kept = await read();
      if (kept !== null) return kept;
      throw new Failure('unavailable', `Vault at ${secrets.address} did not keep the identity of the backups`);
    },
  };
}

/** Makes the file of the home. The first of several processes wins; each returns what is in the file. */
async function createFile(path: string, at: string): Promise<readonly string[]> {
  const identity = await generateX25519Identity();
  makePrivateFolder(dirname(path));
  const whole = `${path}.new.${randomUUID()}`;
  writePrivate(whole, await identityFileText([identity], at));
  try {
    // Unlike a rename, a link never replaces a file, and unlike a new file it is whole at once.
    linkSync(whole, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(whole, { force: true });
  }
  return readIdentityFile(path);
}

async function identitiesIn(path: string): Promise<readonly string[] | null> {
  let text: string;
  try {
    text = readSecretFile(path, LARGEST_IDENTITY_FILE);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new Failure('denied', `cannot read the identity ${path}: ${fileProblem(cause)}`, { cause });
  }
  return parsed(text, path);
}

async function parsed(text: string, where: string): Promise<readonly string[]> {
  if (text.startsWith('age-encryption.org/') || text.startsWith('-----BEGIN AGE ENCRYPTED FILE-----')) {
    throw new Failure('invalid', `${where} is encrypted itself`, {
      hint: `Decrypt it first: age --decrypt --output identity.txt ${where}`,
    });
  }
  const identities: string[] = [];
  for (const [at, line] of text.split('\n').entries()) {
    const trimmed = line.trim();
    if (trimmed === '' || trimmed.startsWith('#')) continue;
    if (!(await isIdentity(trimmed))) throw notIdentity(`${where}:${at + 1}`);
    identities.push(trimmed);
  }
  if (identities.length > 0) return identities;
  throw new Failure('invalid', `${where} has no identity of age`, {
    hint: 'Restore the file from where it was exported. Hecate does not replace it: backups that were made with it could not be opened.',
  });
}

function notIdentity(where: string): Failure {
  return new Failure('invalid', `${where} is not an identity of age, or it is damaged`, {
    hint: 'An identity is one line, AGE-SECRET-KEY-1…, as age-keygen makes it. Passphrases, plugins and SSH keys are not supported.',
  });
}

async function isIdentity(text: string): Promise<boolean> {
  return identityToRecipient(text).then(
    () => true,
    () => false,
  );
}

function configuredRecipients(setting: string | undefined): readonly string[] {
  const recipients = (setting ?? '')
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');
  const wrong = recipients.find((recipient) => !isRecipient(recipient));
  if (wrong === undefined) return recipients;
  throw new Failure('invalid', `HECATE_BACKUP_RECIPIENTS: ${JSON.stringify(shown(wrong))} is not a recipient of age`, {
    hint: 'A recipient is a public key, age1…, as age-keygen -y shows it. Separate several by commas.',
  });
}

/** Returns true for a public key of age, whose checksum fits. */
export function isRecipient(text: string): boolean {
  try {
    new Encrypter().addRecipient(text);
    return true;
  } catch {
    return false;
  }
}

/** Shortens a wrong recipient; one that is a private key by mistake is not repeated. */
function shown(recipient: string): string {
  return /secret/i.test(recipient) ? 'a private key' : recipient.slice(0, 80);
}

async function isOnly(recipients: readonly string[], identities: readonly string[]): Promise<boolean> {
  const own = await recipientsOf(identities);
  return recipients.every((recipient) => own.includes(recipient));
}

interface Exported {
  readonly recipients: readonly string[];
  readonly at: string;
}

function isExported(value: unknown): boolean {
  const { recipients, at } = (value ?? {}) as Partial<Exported>;
  return Array.isArray(recipients) && typeof at === 'string';
}
