import { existsSync, readFileSync, statSync } from 'node:fs';
import { request } from 'undici';
import { checkpointsIn, notaryFiles } from '../../adapters/audit/notary-record.js';
import { openObjects } from '../../adapters/backup/stores/open-store.js';
import { s3AccessFrom } from '../../adapters/backup/stores/s3-access.js';
import type { SignedCheckpoint } from '../../domain/audit/checkpoint.js';
import { Failure } from '../../ports/failure.js';

/** A checkpoint with the place where it was found. */
export type FoundCheckpoint = SignedCheckpoint & { readonly where: string };

const TIMEOUT_MS = 15_000;
const LARGEST_BYTES = 256 << 20;
const LARGEST_OBJECT = 65_536;
const AT_ONCE = 16;

/** Returns the checkpoints in a file, at a URL, or in a bucket (`s3://bucket/prefix/`). Throws when it cannot be read, and `invalid` when there is none. */
export async function checkpointsAt(place: string): Promise<readonly FoundCheckpoint[]> {
  const found = /^s3:\/\//i.test(place) ? await inBucket(place) : checkpointsIn(await textAt(place));
  if (found.length > 0) return found.map((one) => ({ ...one, where: place }));
  throw new Failure('invalid', `${place} has no checkpoint`, {
    hint: 'Give a file with a signed note, or the notary’s checkpoints.jsonl, a URL, or s3://bucket/prefix/.',
  });
}

/** Returns the checkpoints that the notary of this home has kept. */
export function checkpointsOfHome(folder: string): readonly FoundCheckpoint[] {
  const file = notaryFiles(folder).checkpoints;
  if (!existsSync(file)) return [];
  return checkpointsIn(readFileSync(file, 'utf8')).map((one) => ({ ...one, where: file }));
}

async function inBucket(place: string): Promise<readonly SignedCheckpoint[]> {
  const objects = await openObjects(place, s3AccessFrom(process.env));
  const names = (await objects.list()).map(({ name }) => name).filter((name) => /^checkpoint-.*\.txt$/.test(name));
  const found: SignedCheckpoint[] = [];
  for (let at = 0; at < names.length; at += AT_ONCE) {
    const texts = await Promise.all(names.slice(at, at + AT_ONCE).map((name) => objects.read(name, LARGEST_OBJECT)));
    found.push(...texts.flatMap((text) => (text === null ? [] : checkpointsIn(text.toString('utf8')))));
  }
  return found;
}

async function textAt(place: string): Promise<string> {
  if (/^https?:\/\//i.test(place)) return textAtUrl(place);
  if (!existsSync(place)) throw new Failure('missing', `${place} does not exist`);
  if (statSync(place).size > LARGEST_BYTES) throw new Failure('invalid', `${place} is too large for checkpoints`);
  return readFileSync(place, 'utf8');
}

async function textAtUrl(place: string): Promise<string> {
  try {
    const answer = await request(place, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (answer.statusCode !== 200) throw new Error(`it answered ${answer.statusCode}`);
    let text = '';
    for await (const chunk of answer.body) {
      text += String(chunk);
      if (text.length > LARGEST_BYTES) throw new Error('its answer is too large');
    }
    return text;
  } catch (cause) {
    throw new Failure('unavailable', `${new URL(place).origin} gave no checkpoint: ${(cause as Error).message}`, {
      cause,
    });
  }
}
