import { GENERATION_ID, type ProxyDocument } from '../../domain/caddy/document.js';
import type { Generation } from '../../domain/log/commit.js';
import type { Json } from '../../domain/data/json.js';
import type { WriteResult } from '../../ports/proxy.js';
import type { AdminAnswer, AdminClient } from './admin-client.js';
import { claimAdvice, claimText, type Claim } from '../../domain/drift/claims.js';
import { claimedAddresses, withoutClaims } from './claimed-addresses.js';
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
 * has `If-Match`: `moved` means that somebody changed the configuration first, or that the connection broke. `takes`: servers
 * of others lose the addresses of Hecate's server, without which it is refused.
 */
export async function writeConfig(
  client: AdminClient,
  bare: BaseSettings,
  document: ProxyDocument,
  { guard, takes }: { readonly guard: Guard; readonly takes: boolean },
): Promise<WriteResult> {
  if (guard.kind === 'generation' && !takes && isServerOnly(guard, document.generation)) {
    return writeServer(client, bare, { document, ifMatch: guard.etag });
  }
  if (guard.kind === 'generation') await prepare(client, document);
  const config = await client.read('/config/');
  // Checked after reading the configuration: a generation unchanged now was unchanged then.
  const isMoved = guard.kind === 'generation' ? await hasMoved(client, guard.etag) : config.etag !== guard.etag;
  if (isMoved) return { kind: 'moved' };
  const current: unknown = JSON.parse(config.body);
  const claims = claimedAddresses(current, bare.admin, bare.settings);
  if (claims.length > 0 && !takes) return refusedBy(claims);
  const existing = withoutClaims(current, claims);
  const problem = portConflict(existing, bare.settings);
  if (problem !== null) return { kind: 'refused', message: problem, isOwnReason: true };
  const body = mergeConfig(existing, document, bare);
  const result = resultOf(await client.write({ method: 'POST', path: '/config/', ifMatch: config.etag, body }));
  return result.kind === 'written' && claims.length > 0 ? { ...result, taken: claims } : result;
}

function refusedBy(claims: readonly Claim[]): WriteResult {
  const message = `${claims.map(claimText).join('; ')}. ${claimAdvice(claims)}`;
  return { kind: 'refused', message, isOwnReason: true };
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

async function writeServer(
  client: AdminClient,
  { admin, settings }: BaseSettings,
  { document: { server }, ifMatch }: { readonly document: ProxyDocument; readonly ifMatch: string },
): Promise<WriteResult> {
  const result = resultOf(await client.write({ method: 'PATCH', path: SERVER_PATH, ifMatch, body: server }));
  if (result.kind !== 'refused') return result;
  if (await hasMoved(client, ifMatch)) return { kind: 'moved' };
  const config = await client.read('/config/');
  const claims = config.status === 200 ? claimedAddresses(JSON.parse(config.body), admin, settings) : [];
  return claims.length > 0 ? refusedBy(claims) : result;
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
