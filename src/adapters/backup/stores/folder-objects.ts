import { constants } from 'node:fs';
import { link, lstat, open, readdir, realpath, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isWithin } from '../../../domain/values/destination.js';
import { makePrivateFolder } from '../../files/private-files.js';
import { Failure } from '../../../ports/failure.js';
import type { Objects } from './objects.js';

const CHUNK_BYTES = 1_048_576;
const { O_RDONLY, O_NONBLOCK, O_NOFOLLOW, O_CREAT, O_EXCL, O_RDWR } = constants;

/**
 * Creates objects as files in a folder. `reserved` are folders in which no backup may be: the own folders of a home.
 * An unfinished file is `.NAME.partial`.
 */
export function createFolderObjects(folder: string, reserved: readonly string[]): Objects {
  const at = (name: string) => join(folder, name);
  const partial = (name: string) => join(folder, `.${name}.partial`);
  const explained = async <T>(path: string, run: () => Promise<T>): Promise<T> => {
    try {
      return await run();
    } catch (error) {
      throw await folderFailure(error, path, folder);
    }
  };
  const replace = async (name: string, content: Buffer) => {
    await writePartial(partial(name), content);
    await rename(partial(name), at(name));
    await syncFolder(folder);
  };

  return {
    place: folder,

    async isAbsent() {
      return explained(folder, () => isAbsent(folder));
    },

    async prepare() {
      await explained(folder, async () => {
        await requireOutside(folder, reserved);
        makePrivateFolder(folder);
      });
    },

    async list() {
      return explained(folder, async () => {
        const entries = await readdir(folder, { withFileTypes: true });
        const stored = [];
        for (const entry of entries) {
          if (!entry.isFile() || entry.name.startsWith('.')) continue;
          const found = await lstat(at(entry.name)).catch(onlyIfGone);
          if (found !== null) stored.push({ name: entry.name, bytes: found.size });
        }
        return stored;
      });
    },

    async read(name, largest) {
      return explained(at(name), async () => {
        const file = await openPlain(at(name)).catch(onlyIfGone);
        if (file === null) return (await isAbsent(folder)) ? Promise.reject(gone(folder)) : null;
        try {
          const { size } = await file.stat();
          if (size > largest) throw new Failure('invalid', `${at(name)} has ${size} bytes: it is too large to be read`);
          return await file.readFile();
        } finally {
          await file.close();
        }
      });
    },

    async stream(name) {
      const file = await explained(at(name), () => openPlain(at(name)));
      return file.createReadStream({ highWaterMark: CHUNK_BYTES });
    },

    async write(name, content) {
      await explained(at(name), () => replace(name, content));
    },

    async create(name, content) {
      await explained(at(name), async () => {
        await writePartial(partial(name), content);
        // Unlike a rename, a link never replaces a file. Some file systems have none.
        await link(partial(name), at(name)).catch(async (error: NodeJS.ErrnoException) => {
          if (error.code === 'EEXIST') return;
          if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(error.code ?? '')) throw error;
          await rename(partial(name), at(name));
        });
        await rm(partial(name), { force: true });
        await syncFolder(folder);
      });
    },

    async send(name, source, { bytes, onBytes, signal }) {
      await explained(at(name), async () => {
        const to = await openToWrite(partial(name));
        try {
          await copyRest(source, to, { bytes, onBytes, signal });
          await to.sync();
        } catch (error) {
          // What is there would keep a full disk full.
          if (isFull(error)) await rm(partial(name), { force: true });
          throw error;
        } finally {
          await to.close();
        }
        await rename(partial(name), at(name));
        await syncFolder(folder);
      });
    },

    async remove(name) {
      await explained(at(name), async () => {
        await rm(partial(name), { force: true });
        await rm(at(name), { force: true });
        await syncFolder(folder);
      });
    },

    async requireLocks() {
      throw new Failure('invalid', `files in the folder ${folder} cannot be locked`, {
        hint: 'Leave --lock out, or use an S3 bucket with Object Lock.',
      });
    },

    async lockedUntil() {
      return null;
    },

    async removeUnfinished(isOurs, before) {
      await explained(folder, async () => {
        for (const entry of await readdir(folder, { withFileTypes: true })) {
          const name = /^\.(.+)\.partial$/.exec(entry.name)?.[1];
          if (name === undefined || !entry.isFile() || !isOurs(name)) continue;
          const found = await lstat(join(folder, entry.name)).catch(onlyIfGone);
          if (found !== null && found.mtimeMs < before.getTime()) await rm(join(folder, entry.name), { force: true });
        }
      });
    },
  };
}

/** Copies a file to one that may have its beginning already: that is compared, and not written again. */
async function copyRest(
  source: string,
  to: FileHandle,
  { bytes, onBytes, signal }: { bytes: number; onBytes: (sent: number) => void; signal: AbortSignal | undefined },
): Promise<void> {
  const from = await openPlain(source);
  try {
    const [chunk, there] = [Buffer.alloc(CHUNK_BYTES), Buffer.alloc(CHUNK_BYTES)];
    let isEqual = true;
    let sent = 0;
    while (sent < bytes) {
      signal?.throwIfAborted();
      const { bytesRead } = await from.read(chunk, 0, CHUNK_BYTES, sent);
      if (bytesRead === 0) break;
      const content = chunk.subarray(0, bytesRead);
      if (isEqual) {
        const found = await to.read(there, 0, bytesRead, sent);
        isEqual = found.bytesRead === bytesRead && there.subarray(0, bytesRead).equals(content);
      }
      if (!isEqual) await writeAll(to, content, sent);
      sent += bytesRead;
      onBytes(sent);
    }
    await to.truncate(sent);
  } finally {
    await from.close();
  }
}

/** A full disk may take a part only; the next write then says why. */
async function writeAll(to: FileHandle, content: Buffer, position: number): Promise<void> {
  for (let done = 0; done < content.length;) {
    done += (await to.write(content, done, content.length - done, position + done)).bytesWritten;
  }
}

async function writePartial(path: string, content: Buffer): Promise<void> {
  const file = await openToWrite(path);
  try {
    await file.truncate(0);
    await writeAll(file, content, 0);
    await file.sync();
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}

/** Opens a regular file to read; never follows a link and never waits for the writer of a pipe. */
async function openPlain(path: string): Promise<FileHandle> {
  return plain(await open(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW));
}

/** Replaces a file that another user made or may write, and one with a second name, which may be anybody's. */
async function openToWrite(path: string): Promise<FileHandle> {
  const flags = O_RDWR | O_CREAT | O_NONBLOCK | O_NOFOLLOW;
  const file = await plain(await open(path, flags, 0o600));
  const { uid, nlink, mode } = await file.stat();
  if (nlink === 1 && uid === process.geteuid?.() && (mode & 0o022) === 0) {
    // Some file systems keep no modes.
    if ((mode & 0o044) !== 0) await file.chmod(0o600).catch(() => undefined);
    return file;
  }
  await file.close();
  await rm(path, { force: true });
  return plain(await open(path, flags | O_EXCL, 0o600));
}

async function plain(file: FileHandle): Promise<FileHandle> {
  const found = await file.stat();
  if (found.isFile()) return file;
  await file.close();
  throw Object.assign(new Error('it is not a regular file'), { code: found.isDirectory() ? 'EISDIR' : 'ENOTREG' });
}

async function isAbsent(folder: string): Promise<boolean> {
  return (await lstat(folder).catch(onlyIfGone)) === null;
}

/** Follows links: a link into the home is in the home. */
async function requireOutside(folder: string, reserved: readonly string[]): Promise<void> {
  const real = await realOf(folder);
  for (const one of reserved) {
    const own = await realOf(one);
    if (!isWithin(real, own)) continue;
    throw new Failure('invalid', `${folder} is in ${one}, where Hecate keeps its own data`, {
      hint: 'Choose another folder, on another disk if possible: a backup beside its original is lost with it.',
    });
  }
}

/** Path without links, as far as it exists. */
async function realOf(path: string): Promise<string> {
  const found = await realpath(path).catch(onlyIfGone);
  if (found !== null || path === dirname(path)) return found ?? path;
  const parent = await realOf(dirname(path));
  return join(parent, path.slice(dirname(path).length));
}

/** Makes a rename durable. Some file systems cannot sync a folder; the rename is atomic there all the same. */
async function syncFolder(folder: string): Promise<void> {
  const file = await open(folder, O_RDONLY).catch(() => null);
  await file?.sync().catch(() => undefined);
  await file?.close();
}

function onlyIfGone(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null;
  throw error;
}

function isFull(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT', 'EFBIG'].includes((error as NodeJS.ErrnoException).code ?? '');
}

function gone(folder: string): Failure {
  return new Failure('missing', `there is no folder ${folder}`, {
    hint: 'Check the path, and that its disk is mounted.',
  });
}

/** Returns the error of a file at a destination in words. */
async function folderFailure(error: unknown, path: string, folder: string): Promise<unknown> {
  if (error instanceof Failure) return error;
  const { code = '', message = String(error) } = error as { code?: string; message?: string };
  if (code === '') return error;
  if (isFull(error)) {
    return new Failure('unavailable', `cannot write ${path}: ${FULL[code]}`, {
      system: folder,
      hint: 'Free space there, such as with `hecate backup prune`, or choose another destination.',
    });
  }
  if (['EACCES', 'EPERM', 'EROFS'].includes(code)) {
    const why = code === 'EROFS' ? 'the file system is read-only' : 'permission denied';
    return new Failure('denied', `cannot use ${path}: ${why}`, {
      hint: `Give the user who runs Hecate's worker the right to write in ${folder}.`,
    });
  }
  if (code === 'ENOENT') {
    const isHere = !(await isAbsent(folder).catch(() => false));
    if (isHere && path === folder) {
      return new Failure('invalid', `cannot use ${folder}: it is a broken link`, {
        hint: 'Choose another destination.',
      });
    }
    return isHere ? new Failure('missing', `there is no file ${path}`) : gone(folder);
  }
  if (code in UNFIT) {
    const what = path === folder || code === 'ENOTDIR' || code === 'EEXIST' ? folder : path;
    return new Failure('invalid', `cannot use ${what}: ${UNFIT[code]}`, { hint: 'Choose another destination.' });
  }
  return new Failure('unavailable', `cannot use ${path}: ${message}`, {
    system: folder,
    hint: 'Check the disk, and run the command again.',
  });
}

const FULL: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota of this user is used up',
  EFBIG: 'the file is larger than the file system, or a limit of this process, allows',
};

const UNFIT: Readonly<Record<string, string>> = {
  ENOTDIR: 'it, or a part of its path, is a file and not a folder',
  EEXIST: 'it is a file and not a folder',
  EISDIR: 'it is a folder and not a file',
  ELOOP: 'it is a symbolic link',
  ENOTREG: 'it is not a regular file',
  ENXIO: 'it is not a regular file',
  ENAMETOOLONG: 'the path is too long',
};
