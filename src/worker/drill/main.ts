// A restore drill as a process of its own, so that its memory and its servers end with it. Reads its request from the standard input.
import { text } from 'node:stream/consumers';
import { Failure } from '../../ports/failure.js';
import { backupIdentityOf } from '../../stack/backup-identity.js';
import type { DrillLine, DrillRequest } from '../../stack/drill-process.js';
import { createVaultSecrets } from '../../adapters/vault/vault-secrets.js';
import { vaultUse } from '../systems/vault-of-worker.js';
import { runDrill } from './run-drill.js';

const ended = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => ended.abort());
// The one who reads may be gone; the drill then ends as well.
process.stdout.on('error', () => ended.abort());

void start().then(
  (line) => end(line),
  (error: unknown) => end({ failure: failureOf(error) }),
);

async function start(): Promise<DrillLine> {
  const request = JSON.parse(await text(process.stdin)) as DrillRequest;
  const { connections } = request;
  const identities =
    request.identities ?? (await backupIdentityOf(process.env, connections.home, vaultOf(connections)).identities());
  const onProgress = (progress: string) => write({ progress });
  return { report: await runDrill(request, { identities, onProgress, signal: ended.signal }) };
}

function vaultOf(connections: DrillRequest['connections']) {
  const vault = vaultUse(connections);
  return vault === null ? null : createVaultSecrets(vault.role, vault.client);
}

function write(line: DrillLine): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function end(line: DrillLine): void {
  process.stdout.write(`${JSON.stringify(line)}\n`, () => process.exit(0));
}

function failureOf(error: unknown): Extract<DrillLine, { readonly failure: unknown }>['failure'] {
  if (error instanceof Failure) return { kind: error.kind, message: error.message, hint: error.details.hint ?? null };
  const message = ended.signal.aborted ? 'the drill was ended' : error instanceof Error ? error.message : String(error);
  return { kind: 'unavailable', message, hint: null };
}
