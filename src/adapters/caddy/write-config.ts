import { GENERATION_ID, type ProxyDocument } from '../../domain/caddy/document.js';
import type { Generation } from '../../domain/log/commit.js';
import type { Json } from '../../domain/data/json.js';
import type { WriteResult } from '../../ports/proxy.js';
import type { AdminAnswer, AdminClient } from './admin-client.js';
import { portsProblem } from './foreign-ports.js';
import { mergeConfig, type BareSettings } from './merge-config.js';
import { prepareTls } from './merge-tls.js';

/** What was there when a proxy was looked at: the ETag that guards the next write. */
export type Guard =
  /** Of the generation object, with the hash of the certificates that are served with it. */
  | { readonly kind: 'generation'; readonly etag: string; readonly tls: string }
  /** Of the whole configuration, which has no generation. */
  | { readonly kind: 'config'; readonly etag: string };

/** Where Hecate's own server lies in Caddy's configuration. */
export const SERVER_PATH = '/config/apps/http/servers/hecate';

/** The guard of a generation that was read with this ETag. */
export function generationGuard(etag: string, { tls = '' }: Generation): Guard {
  return { kind: 'generation', etag, tls };
}

/**
 * Writes Hecate's part. Where only routes differ its server is replaced, which is fast; where certificates differ, or the
 * proxy has nothing of ours, the whole configuration is read, merged and written back, only if nobody changed any of it.
 */
export async function writeConfig(
  client: AdminClient,
  bare: BareSettings,
  document: ProxyDocument,
  guard: Guard,
): Promise<WriteResult> {
  if (guard.kind === 'generation' && guard.tls === (document.generation.tls ?? '')) {
    return writeServer(client, document, guard.etag);
  }
  if (guard.kind === 'generation') await prepare(client, document);
  const config = await client.read('/config/');
  // Looked at after the configuration: what has not changed by now had not changed then.
  const isMoved = guard.kind === 'generation' ? await hasMoved(client, guard.etag) : config.etag !== guard.etag;
  if (isMoved) return { kind: 'moved' };
  const existing: unknown = JSON.parse(config.body);
  const problem = portsProblem(existing, bare.settings);
  if (problem !== null) return { kind: 'refused', message: problem };
  const body = mergeConfig(existing, document, bare);
  return resultOf(await client.write({ method: 'POST', path: '/config/', ifMatch: config.etag, body }));
}

/** What somebody else changes meanwhile is seen by the write that follows. */
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

/** Where the whole server is gone, Caddy complains about the path before it looks at `If-Match`. */
async function hasMoved(client: AdminClient, etag: string): Promise<boolean> {
  return (await client.read(`/id/${GENERATION_ID}`)).etag !== etag;
}

/** Caddy answers 500 to a configuration that it does not take, so every status but 412 is a refusal. */
function resultOf(answer: AdminAnswer | 'broken'): WriteResult {
  if (answer === 'broken' || answer.status === 412) return { kind: 'moved' };
  return answer.status === 200 ? { kind: 'written' } : { kind: 'refused', message: ownWords(answer) };
}

/** Caddy's error message in one line of at most 500 characters. */
export function ownWords({ status, body }: AdminAnswer): string {
  let words = body;
  try {
    words = (JSON.parse(body) as { error?: string }).error ?? body;
  } catch {
    // Not JSON: the text itself says what is wrong.
  }
  return words.replace(/\s+/g, ' ').trim().slice(0, 500) || `status ${status}`;
}
