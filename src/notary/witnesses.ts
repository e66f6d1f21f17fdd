import { request } from 'undici';
import { openObjects, requireDestination } from '../adapters/backup/stores/open-store.js';
import { s3AccessFrom } from '../adapters/backup/stores/s3-access.js';
import type { NotaryKey } from '../adapters/audit/notary-key.js';
import { toHex } from '../domain/audit/bytes.js';
import type { SignedCheckpoint } from '../domain/audit/checkpoint.js';
import { Failure } from '../ports/failure.js';

/** A place outside that keeps checkpoints, so that the log cannot be rewritten together with them. */
export interface Witness {
  /** Its address, without credentials. */
  readonly place: string;
  /** Gives it a checkpoint. Idempotent. Returns what a person should know, or null. Throws an `Error` when it did not take it. */
  readonly give: (checkpoint: SignedCheckpoint) => Promise<string | null>;
}

type Env = Readonly<Record<string, string | undefined>>;

const TIMEOUT_MS = 10_000;
const DAY_MS = 86_400_000;
/** Bytes of a server's answer that are read; they say nothing. */
const LARGEST_ANSWER = 65_536;
const LOCK_DAYS = 365;
/** Witnesses of one notary. */
const MOST = 10;

/**
 * Returns the witnesses of `HECATE_WITNESSES`: a list with commas of `s3://bucket/prefix/` and `https://…`. Throws `invalid`
 * and names the wrong one.
 */
export function witnessesFrom(
  env: Env,
  { key, now }: { readonly key: NotaryKey; readonly now: () => string },
): readonly Witness[] {
  const places = (env['HECATE_WITNESSES'] ?? '').split(',').map((one) => one.trim());
  const named = [...new Set(places.filter((one) => one !== ''))];
  if (named.length > MOST) throw unfit(`HECATE_WITNESSES has more than ${MOST} witnesses`);
  return named.map((text) => {
    if (/^s3:\/\//i.test(text)) return s3Witness(text, env, now);
    return webhookWitness(text, key, now);
  });
}

/** A bucket with Object Lock: each checkpoint is an object that nobody can replace or remove for a year. */
function s3Witness(text: string, env: Env, now: () => string): Witness {
  const destination = requireDestination(text, '/');
  if (destination.kind !== 's3') throw unfit(`${text} is no bucket`);
  const days = lockDays(env);
  return {
    place: text,
    async give({ size, root, note }) {
      const objects = await openObjects(text, s3AccessFrom(env));
      const name = `checkpoint-${String(size).padStart(12, '0')}-${toHex(root).slice(0, 16)}.txt`;
      const warning = await objects.requireLocks().then(
        () => null,
        (error: Error) => `${error.message}, so whoever has its keys can remove checkpoints there`,
      );
      const there = await objects.read(name, 65_536);
      if (there?.toString() === note) return warning;
      const until = warning === null ? new Date(Date.parse(now()) + days * DAY_MS) : null;
      await objects.write(name, Buffer.from(note), until);
      return warning;
    },
  };
}

function lockDays(env: Env): number {
  const text = env['HECATE_WITNESS_LOCK_DAYS'] ?? String(LOCK_DAYS);
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text);
  throw unfit(`HECATE_WITNESS_LOCK_DAYS ${JSON.stringify(text)} is not a number of days`);
}

/** A server that takes each checkpoint by POST, signed by the notary's key as Standard Webhooks says (`v1a`). */
function webhookWitness(text: string, key: NotaryKey, now: () => string): Witness {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isLoopback = url !== null && ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname);
  if (url === null || !(url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback)))
    throw unfit('HECATE_WITNESSES has an item that is neither s3://bucket/prefix/ nor https://…');
  return {
    // Paths and queries may hold a token.
    place: url.origin,
    async give({ size, root, note, origin }) {
      const at = now();
      const id = `checkpoint_${size}_${toHex(root).slice(0, 16)}`;
      const timestamp = String(Math.floor(Date.parse(at) / 1000));
      const body = JSON.stringify({ type: 'hecate.checkpoint', timestamp: at, data: { origin, size, note } });
      const answer = await request(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'webhook-id': id,
          'webhook-timestamp': timestamp,
          'webhook-signature': `v1a,${key.signText(`${id}.${timestamp}.${body}`)}`,
        },
        body,
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      await answer.body.dump({ limit: LARGEST_ANSWER });
      if (answer.statusCode >= 200 && answer.statusCode < 300) return null;
      throw new Error(`it answered ${answer.statusCode}`);
    },
  };
}

function unfit(message: string): Failure {
  return new Failure('invalid', message, {
    hint: 'Example: HECATE_WITNESSES=s3://audit-bucket/hecate/,https://witness.example.com/checkpoints',
  });
}
