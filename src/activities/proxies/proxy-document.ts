import { compileCertificates, markOf } from '../../domain/caddy/tls/certificates.js';
import { compile, compilerFingerprint, type ProxyDocument, type ProxySettings } from '../../domain/caddy/document.js';
import { startOfLog, type Generation } from '../../domain/log/commit.js';
import { servedHosts } from '../../domain/serving/hosts.js';
import { servedRoutes } from '../../domain/serving/served-route.js';
import { traceKey, type TraceKey } from '../../domain/caddy/visits/trace.js';
import type { State } from '../../domain/log/state.js';
import type { SecretResolver } from '../secrets/resolved-secrets.js';

/** Dependencies for compiling a document, besides the state. */
export interface DocumentSources {
  readonly secretResolver: SecretResolver;
  /** SHA-256 (hex) of a text. */
  readonly sha256: (text: string) => string;
}

/**
 * Compiles a state to a proxy's configuration, with the secrets from Vault. With `mayLack` it compiles even when Vault does
 * not answer: routes whose secrets are missing are closed.
 */
export async function proxyDocument(
  { secretResolver, sha256 }: DocumentSources,
  state: State,
  { settings, logId, mayLack = false }: { settings: ProxySettings; logId: string; mayLack?: boolean },
): Promise<ProxyDocument> {
  const found = await secretResolver.of(state, { mayLack, servesAdmin: (settings.adminApi ?? null) !== null });
  const routes = servedRoutes(state);
  const tls = compileCertificates(servedHosts(routes), settings, found.resolved);
  const mark = markOf(tls);
  const generation: Generation = {
    logId,
    ...(state.head ?? startOfLog),
    compiler: compilerOf(sha256, settings),
    ...(mark === null ? {} : { tls: sha256(mark) }),
    ...(found.missing.length === 0 ? {} : { missingSecrets: found.missing.join(' ') }),
  };
  return compile(routes, settings, generation, {
    ...{ secrets: found.resolved, tls },
    trace: traceKeyOf(sha256, settings, generation),
  });
}

/** Returns the hash of compiler and settings in a generation: clients with a private address may read it, but not the settings. */
export function compilerOf(sha256: DocumentSources['sha256'], settings: ProxySettings): string {
  return sha256(compilerFingerprint(settings)).slice(0, 16);
}

/** Returns the key of the tokens of visits to a generation; null: these settings have none. */
export function traceKeyOf(
  sha256: DocumentSources['sha256'],
  { trace = null }: Pick<ProxySettings, 'trace'>,
  { hash }: Pick<Generation, 'hash'>,
): TraceKey | null {
  return trace === null ? null : traceKey([1, 2].map((lane) => sha256(`${trace.secret} ${hash} ${lane}`)));
}
