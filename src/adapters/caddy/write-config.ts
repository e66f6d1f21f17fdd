import { GENERATION_ID, type ProxyDocument } from '../../domain/caddy/document.js';
import type { Generation } from '../../domain/log/commit.js';
import type { Json } from '../../domain/data/json.js';
import type { WriteResult } from '../../ports/proxy.js';
import type { AdminAnswer, AdminClient } from './admin-client.js';
import { portConflict } from './port-conflict.js';
import { mergeConfig, type BaseSettings } from './merge-config.js';
import { prepareTls } from './merge-tls.js';

/** The ETag from the last read, which the next write must match. */
export type Guard =
  /** ETag of the generation object, with the hash of the certificates that are served with it and its compiler. */
  | { readonly kind: 'generation'; readonly etag: string; readonly tls: string; readonly compiler: string }
  /** ETag of the whole configuration, when it has no generation. */
  | { readonly kind: 'config'; readonly etag: string };

/** Path of Hecate's own server on Caddy's admin endpoint. */
export const SERVER_PATH = '/config/apps/http/servers/hecate';

/** Creates the guard for a generation that was read with this ETag. */
export function generationGuard(etag: string, { tls = '', compiler = '' }: Generation): Guard {
  return { kind: 'generation', etag, tls, compiler };
}

/**
 * Writes Hecate's part of the configuration. When only routes differ, it replaces Hecate's server, which is fast. When
 * certificates or the compiler differ, or Caddy has no server of Hecate, it reads, merges and writes the whole configuration. Each write
 * has `If-Match`: `moved` means that somebody changed the configuration first, or that the connection broke.
 */
export async function writeConfig(
  client: AdminClient,
  bare: BaseSettings,
  document: ProxyDocument,
  guard: Guard,
): Promise<WriteResult> {
  if (guard.kind === 'generation' && isServerOnly(guard, document.generation)) {
    return writeServer(client, document, guard.etag);
  }
  if (guard.kind === 'generation') await prepare(client, document);
  const config = await client.read('/config/');
  // Checked after reading the configuration: a generation unchanged now was unchanged then.
  const isMoved = guard.kind === 'generation' ? await hasMoved(client, guard.etag) : config.etag !== guard.etag;
  if (isMoved) return { kind: 'moved' };
  const existing: unknown = JSON.parse(config.body);
  const problem = portConflict(existing, bare.settings);
  if (problem !== null) return { kind: 'refused', message: problem, isOwnReason: true };
  const body = mergeConfig(existing, document, bare);
  return resultOf(await client.write({ method: 'POST', path: '/config/', ifMatch: config.etag, body }));
}

/** Another compiler may need other logs, which are outside Hecate's server. */
function isServerOnly(guard: { readonly tls: string; readonly compiler: string }, next: Generation): boolean {
  return guard.tls === (next.tls ?? '') && guard.compiler === (next.compiler ?? '');
}

/** Writes the first step for certificates. Its result is not checked: the write that follows detects changes by others. */
async function prepare(client: AdminClient, document: ProxyDocument): Promise<void> {
  const config = await client.read('/config/apps/tls');
  const existing = config.status === 200 ? (JSON.parse(config.body) as Json | null) : null;
  const tls = existing && prepareTls(existing, document.tls);
  if (tls === null) return;
  await client.write({ method: 'PATCH', path: '/config/apps/tls', ifMatch: config.etag, body: tls });
}

async function writeServer(client: AdminClient, { server }: ProxyDocument, ifMatch: string): Promise<WriteResult> {
  const result = resultOf(await client.write({ method: 'PATCH', path: SERVER_PATH, ifMatch, body: server }));
  return result.kind === 'refused' && (await hasMoved(client, ifMatch)) ? { kind: 'moved' } : result;
}

/** Returns true when the generation has another ETag. Needed because Caddy reports a missing server before it checks `If-Match`. */
async function hasMoved(client: AdminClient, etag: string): Promise<boolean> {
  return (await client.read(`/id/${GENERATION_ID}`)).etag !== etag;
}

/** Caddy answers 500 to an invalid configuration, so every status other than 200 and 412 is a refusal. */
function resultOf(answer: AdminAnswer | 'broken'): WriteResult {
  if (answer === 'broken' || answer.status === 412) return { kind: 'moved' };
  if (answer.status === 200) return { kind: 'written' };
  const message = caddyErrorMessage(answer);
  return { kind: 'refused', message, ...(isPortTaken(message) ? { isOwnReason: true } : {}) };
}

/** Returns true when Caddy could not listen: the log decides about no port. */
function isPortTaken(message: string): boolean {
  return /\bbind: |address already in use/.test(message);
}

/** Caddy's error message in one line of at most 500 characters. */
export function caddyErrorMessage({ status, body }: AdminAnswer): string {
  let words = body;
  try {
    words = (JSON.parse(body) as { error?: string }).error ?? body;
  } catch {
    // The body is not JSON, so use its text.
  }
  return words.replace(/\s+/g, ' ').trim().slice(0, 500) || `status ${status}`;
}
