import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateHybridIdentity, generateIdentity, identityToRecipient } from 'age-encryption';
import { describe, expect, it } from 'vitest';
import {
  createBackupIdentity,
  type IdentityPlaces,
  identityFileText,
  readIdentityFile,
} from '../../../src/adapters/backup/identity.js';
import type { SecretValue } from '../../../src/domain/middleware/resolved-secrets.js';
import { temporaryFolder } from './archive/build.js';

const AT = '2026-11-29T03:15:00.000Z';

function places(given: Partial<IdentityPlaces> = {}): IdentityPlaces {
  const home = temporaryFolder();
  return {
    recipients: undefined,
    identity: undefined,
    file: join(home, 'backup', 'identity.txt'),
    exported: join(home, 'backup', 'identity-exported.json'),
    home,
    secrets: null,
    now: () => AT,
    ...given,
  };
}

function vault() {
  const values = new Map<string, SecretValue>();
  return {
    values,
    secrets: {
      address: 'http://vault',
      read: async (path: string) => values.get(path) ?? null,
      keep: async (path: string, value: SecretValue) => {
        if (!values.has(path)) values.set(path, value);
      },
    },
  };
}

describe('the identity of a home', () => {
  it('is made at the first need, private, and stays', async () => {
    const own = places();
    const identity = createBackupIdentity(own);
    expect(await identity.identities()).toEqual([]);
    expect(existsSync(own.file)).toBe(false);
    const recipients = await identity.recipients();
    expect(statSync(own.file).mode & 0o777).toBe(0o600);
    expect(recipients).toEqual([expect.stringMatching(/^age1/)]);
    const [secret = ''] = await identity.identities();
    expect(await identityToRecipient(secret)).toBe(recipients[0]);
    expect(await createBackupIdentity(own).recipients()).toEqual(recipients);
    expect(readFileSync(own.file, 'utf8')).toContain(`# public key: ${recipients[0]}`);
  });

  it('is one, however many make it at once', async () => {
    const own = places();
    const made = await Promise.all(Array.from({ length: 20 }, () => createBackupIdentity(own).recipients()));
    expect(new Set(made.flat()).size).toBe(1);
    expect(readdirSync(join(own.home, 'backup'))).toEqual(['identity.txt']);
  });

  it('is never replaced when it is damaged', async () => {
    const own = places();
    mkdirSync(join(own.home, 'backup'));
    for (const content of ['', '# nothing\n', 'AGE-SECRET-KEY-1DAMAGED\n']) {
      writeFileSync(own.file, content);
      await expect(createBackupIdentity(own).recipients()).rejects.toMatchObject({ kind: 'invalid' });
      expect(readFileSync(own.file, 'utf8')).toBe(content);
    }
  });

  it('warns until it was exported, and again when it is another one', async () => {
    const own = places();
    const identity = createBackupIdentity(own);
    expect(await identity.warning()).toContain('would be lost with this machine');
    const recipients = await identity.recipients();
    expect(await identity.warning()).toContain(own.file);
    identity.markExported(recipients);
    expect(await identity.warning()).toBeNull();
    expect(identity.exportedAt(recipients)).toBe(AT);
    writeFileSync(own.file, await generateIdentity());
    expect(await identity.warning()).toContain(own.file);
  });
});

describe('configured recipients', () => {
  it('are checked, and used instead of an own identity', async () => {
    const recipient = await identityToRecipient(await generateIdentity());
    const hybrid = await identityToRecipient(await generateHybridIdentity());
    const own = places({ recipients: ` ${recipient}, ${hybrid},` });
    const identity = createBackupIdentity(own);
    expect(await identity.recipients()).toEqual([recipient, hybrid]);
    expect(await identity.warning()).toBeNull();
    expect(existsSync(own.file)).toBe(false);
  });

  it.each(['age1wrong', 'ssh-ed25519 AAAA', 'age1qqqq'])('of %s are refused', async (recipients) => {
    expect(() => createBackupIdentity(places({ recipients }))).toThrow(/is not a recipient of age/);
  });

  it('never repeat a private key in an error', async () => {
    const recipients = await generateIdentity();
    expect(() => createBackupIdentity(places({ recipients }))).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining(recipients) as unknown }),
    );
  });

  it('warn when the own identity is the only one that opens them', async () => {
    const own = places();
    const [recipient = ''] = await createBackupIdentity(own).recipients();
    expect(await createBackupIdentity({ ...own, recipients: recipient }).warning()).toContain(own.file);
    const other = await identityToRecipient(await generateIdentity());
    expect(await createBackupIdentity({ ...own, recipients: `${recipient},${other}` }).warning()).toBeNull();
  });
});

describe('an identity at another path', () => {
  it('is read, never made, and outside the home no reason to warn', async () => {
    const file = join(temporaryFolder(), 'key.txt');
    const identity = createBackupIdentity(places({ identity: file }));
    await expect(identity.recipients()).rejects.toMatchObject({
      kind: 'missing',
      details: { hint: expect.stringContaining('age-keygen') as unknown },
    });
    writeFileSync(file, await identityFileText([await generateIdentity(), await generateHybridIdentity()], AT));
    expect(await identity.recipients()).toHaveLength(2);
    expect(await identity.warning()).toBeNull();
  });

  it('must be absolute', () => {
    expect(() => createBackupIdentity(places({ identity: 'key.txt' }))).toThrow(/not a place of an identity/);
  });
});

describe('an identity in Vault', () => {
  it('is made once and kept there', async () => {
    const { secrets, values } = vault();
    const own = places({ identity: 'vault', secrets });
    const identity = createBackupIdentity(own);
    const made = await Promise.all([identity.recipients(), createBackupIdentity(own).recipients()]);
    expect(made[0]).toEqual(made[1]);
    expect([...values.keys()]).toEqual(['backup/identity']);
    expect(existsSync(own.file)).toBe(false);
    expect(await identity.warning()).toContain('in Vault');
    identity.markExported(made[0]);
    expect(await identity.warning()).toBeNull();
  });

  it('is out of reach for the command line, which says so', async () => {
    const identity = createBackupIdentity(places({ identity: 'vault' }));
    expect(await identity.identities()).toEqual([]);
    await expect(identity.recipients()).rejects.toMatchObject({ kind: 'denied' });
    expect(await identity.warning()).toContain('in Vault');
  });
});

describe('a file of identities', () => {
  it('may have comments and several identities', async () => {
    const file = join(temporaryFolder(), 'keys.txt');
    const [one, two] = [await generateIdentity(), await generateHybridIdentity()];
    writeFileSync(file, `# a comment\r\n\n${one}\r\n# another\n  ${two}\n`);
    expect(await readIdentityFile(file)).toEqual([one, two]);
  });

  it('names the line that is wrong, and does not repeat it', async () => {
    const file = join(temporaryFolder(), 'keys.txt');
    const wrong = `${(await generateIdentity()).slice(0, -1)}X`;
    writeFileSync(file, `# a comment\n${wrong}\n`);
    const problem = await readIdentityFile(file).catch((error: unknown) => error);
    expect(problem).toMatchObject({
      kind: 'invalid',
      message: `${file}:2 is not an identity of age, or it is damaged`,
    });
  });

  it.each<[string, string, object]>([
    [
      'an encrypted file',
      'age-encryption.org/v1\n',
      { message: expect.stringContaining('is encrypted itself') as unknown },
    ],
    ['a plugin', 'AGE-PLUGIN-YUBIKEY-1XXX\n', { kind: 'invalid' }],
    [
      'a large file',
      '#'.repeat(70_000),
      { kind: 'denied', message: expect.stringContaining('larger than 65536') as unknown },
    ],
  ])('refuses %s', async (_, content, problem) => {
    const file = join(temporaryFolder(), 'keys.txt');
    writeFileSync(file, content);
    await expect(readIdentityFile(file)).rejects.toMatchObject(problem);
  });

  it('that is not there is missing', async () => {
    await expect(readIdentityFile(join(temporaryFolder(), 'none'))).rejects.toMatchObject({ kind: 'missing' });
  });
});
