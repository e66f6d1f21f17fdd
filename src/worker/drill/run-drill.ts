import { existsSync, rmSync } from 'node:fs';
import { createArchives } from '../../adapters/backup/archive/index.js';
import { openBackup } from '../../adapters/backup/opened/open-backup.js';
import { createOpenStore } from '../../adapters/backup/stores/open-store.js';
import { createCaddyProxy } from '../../adapters/caddy/caddy-proxy.js';
import { createLogReader } from '../../adapters/log/log-reader.js';
import { createSecretResolver } from '../../activities/secrets/resolved-secrets.js';
import { proxyDocument } from '../../activities/proxies/proxy-document.js';
import { drillText, MOST_COMPARISONS, type DrillReport, type HostComparison } from '../../domain/backup/drill.js';
import { FORMAT_VERSION } from '../../domain/backup/manifest.js';
import type { TlsPart } from '../../domain/caddy/tls/certificates.js';
import type { ProxySettings } from '../../domain/caddy/document.js';
import { all, type State } from '../../domain/log/state.js';
import { hostsOf } from '../../domain/resources/route.js';
import type { BackupStore } from '../../ports/backup/backups.js';
import type { LogReader } from '../../ports/event-log.js';
import { Failure } from '../../ports/failure.js';
import type { OpenedBackup } from '../../ports/backup/opened-backup.js';
import { cliNats, workerNats, type Connections } from '../../stack/connections.js';
import type { DrillRequest } from '../../stack/drill-process.js';
import { makeThrowawayFolder, removeLeftovers } from '../../stack/restore/throwaway-folder.js';
import { caddyProxies } from '../systems/caddy-proxies.js';
import { sealsOf, sha256, visitSecrets } from '../systems/seals.js';
import { changedBetween, compareHosts } from './compare-hosts.js';
import { prepareThrowaway, restoreCaddyStorage, type ThrowawayStack } from './throwaway-stack.js';

/** What a drill needs besides its request. */
export interface DrillContext {
  readonly identities: readonly string[];
  readonly onProgress: (line: string) => void;
  readonly signal: AbortSignal;
}

const MOST_CHANGED = 100;

/**
 * Restores a backup into a throwaway stack and compares its answers with those of the live one. Writes the proof at the
 * destination. Leaves nothing behind: the servers end, and their folder is removed, also when it fails. Nothing in the throwaway
 * stack acts by itself, and its Caddy orders no certificate. Throws `Failure` when the backup cannot be opened or is one of
 * another environment; a restore that fails is in the report.
 */
export async function runDrill(request: DrillRequest, context: DrillContext): Promise<DrillReport> {
  const { connections } = request;
  const { onProgress, signal } = context;
  const startedAt = new Date();
  removeLeftovers();
  const live = await liveLog(connections);
  const visits = visitsOf(connections);
  const folder = makeThrowawayFolder();
  let backup: OpenedBackup | null = null;
  let stack: ThrowawayStack | null = null;
  try {
    const { logId } = await live.view();
    onProgress('reading and proving the backup');
    const opened = await open(request, context, folder);
    backup = opened.backup;
    mustBeOf(logId, opened.backup);
    stack = await prepareThrowaway(folder, connections, onProgress);
    const found = await restored({ stack, backup: opened.backup, connections, visits, live, onProgress, signal });
    const report = reportOf(found, { backup: opened.backup, sha256: opened.sha256, startedAt });
    await prove(opened.store, report);
    return report;
  } finally {
    await stack?.stop();
    await backup?.close();
    await live.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** An operator who may not read the worker's key runs the drill too; its requests to the live proxy then count as those of visitors. */
function visitsOf(connections: Connections): Drilled['visits'] {
  try {
    return visitSecrets(sealsOf(connections, process.env).seals);
  } catch (error) {
    if (error instanceof Failure) return {};
    throw error;
  }
}

/** What a drill found, or why it could not compare. */
interface Found {
  readonly problem: string | null;
  readonly hosts: number;
  readonly comparisons: readonly HostComparison[];
  readonly restoreMs: number;
  readonly changedSince: readonly string[];
  readonly liveCommit: number | null;
  readonly notes: readonly string[];
}

interface Drilled {
  /** Settings with the secrets of Hecate's own visits, for both proxies. */
  readonly visits: Pick<ProxySettings, 'trace' | 'visitMark'>;
  readonly stack: ThrowawayStack;
  readonly backup: OpenedBackup;
  readonly connections: Connections;
  readonly live: LogReader;
  readonly onProgress: DrillContext['onProgress'];
  readonly signal: AbortSignal;
}

async function restored(drilled: Drilled): Promise<Found> {
  const { backup, connections, live, onProgress, signal } = drilled;
  const startedMs = performance.now();
  const now = async () => (await live.view()).state;
  const hosts = all(backup.state ?? { ...NOTHING }, 'Route').flatMap(({ value }) => hostsOf(value)).length;
  const notes: string[] = [];
  try {
    const { caddy, state, logId } = await served(drilled, notes);
    const restoreMs = performance.now() - startedMs;
    signal.throwIfAborted();
    const [target] = connections.caddy;
    if (target === undefined) throw new Failure('unavailable', 'no live Caddy is configured');
    onProgress(`asking ${hosts} hosts at both proxies`);
    const every = Math.max(1, Math.floor(hosts / 5));
    const comparisons = await compareHosts({
      ...{ restored: caddy, live: target, mark: drilled.visits.visitMark ?? logId, state, liveState: now, signal },
      onProgress: (asked, of) => {
        if (asked % every === 0) onProgress(`compared ${asked} of ${of} answers`);
      },
    });
    const after = await now();
    const changedSince = changedBetween(state, after);
    const liveCommit = after.head?.sequence ?? null;
    return { problem: lacking(notes), hosts, comparisons, restoreMs, changedSince, liveCommit, notes };
  } catch (error) {
    if (signal.aborted) throw error;
    const problem = error instanceof Error ? error.message : String(error);
    const restoreMs = performance.now() - startedMs;
    return { problem, hosts, comparisons: [], restoreMs, changedSince: [], liveCommit: null, notes };
  }
}

const NOTHING: State = { head: null, at: null, resources: new Map(), open: new Map() };
const LACKS = 'the backup lacks ';

/** Restores log, secrets and certificates, and has Caddy serve the state of the backup. */
async function served({ stack, backup, connections, visits, onProgress }: Drilled, notes: string[]) {
  onProgress('restoring the log');
  const { logId, state } = await stack.importLog(backup);
  const head = backup.last.range?.head ?? null;
  if (state.head?.sequence !== head?.sequence || (head !== null && state.head?.hash !== head.hash)) {
    throw new Failure(
      'invalid',
      `the restored log ends with commit ${state.head?.sequence ?? 0}, not ${head?.sequence ?? 0}`,
    );
  }
  onProgress('restoring the secrets');
  const { secrets } = await stack.importSecrets(backup);
  await restoreCaddyStorage(backup, stack.caddyStorage);
  onProgress('starting Caddy');
  const caddy = await stack.startCaddy();
  const { HECATE_CADDY_ADMIN_HOST: _, ...env } = process.env;
  const [own] = caddyProxies({ ...connections, caddy: [caddy] }, env, visits);
  if (own === undefined) throw new Error('there is no proxy for the throwaway Caddy');
  const sources = { secretResolver: createSecretResolver(secrets), sha256 };
  const document = await proxyDocument(sources, state, { settings: own.settings, logId });
  const { missingSecrets } = document.generation;
  if (missingSecrets !== undefined)
    notes.push(`${LACKS}these values of Vault, which its routes need: ${missingSecrets}`);
  const proxy = createCaddyProxy({ ...caddy, settings: own.settings });
  const tls = withoutOrders(document.tls, await issuedBefore(backup));
  const written = await proxy.write({ ...document, tls }, (await proxy.current()).guard);
  if (written.kind !== 'written') {
    throw new Failure('denied', `Caddy does not take the restored configuration: ${written.kind === 'refused' ? written.message : 'it was changed by somebody else'}`); // prettier-ignore
  }
  await untilServed(() => proxy.served(), document.generation.hash);
  return { caddy, state, logId };
}

/** No certificate is ordered by a drill: those that Caddy had are loaded, and all others come from its internal authority. */
function withoutOrders(tls: TlsPart, issued: TlsPart['loaded']): TlsPart {
  return { loaded: [...tls.loaded, ...issued], automated: [], issuing: null };
}

/** Returns the certificates of public authorities in Caddy's storage of the backup. */
async function issuedBefore(backup: OpenedBackup): Promise<TlsPart['loaded']> {
  const loaded: { certificate: string; key: string; tags: readonly string[] }[] = [];
  const paths = backup.parts('caddy/');
  for (const path of paths) {
    const issuer = /^caddy\/[^/]+\/certificates\/([^/]+)\/.*\.crt$/.exec(path)?.[1];
    const key = path.replace(/\.crt$/, '.key');
    if (issuer === undefined || issuer === 'local' || !paths.includes(key)) continue;
    const [chain, secret] = [await backup.part(path), await backup.part(key)];
    if (chain === null || secret === null) continue;
    loaded.push({ certificate: chain.toString('utf8'), key: secret.toString('utf8'), tags: [] });
  }
  return loaded;
}

async function untilServed(served: () => Promise<{ readonly hash: string } | null>, hash: string): Promise<void> {
  const deadline = Date.now() + 15_000;
  for (;;) {
    const found = await served().catch(() => null);
    if (found?.hash === hash) return;
    if (Date.now() > deadline) throw new Failure('unavailable', 'the restored Caddy does not serve the restored state');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function lacking(notes: readonly string[]): string | null {
  return notes.find((note) => note.startsWith(LACKS)) ?? null;
}

interface OpenedFrom {
  readonly backup: OpenedBackup;
  readonly store: BackupStore | null;
  /** Hash of the file of the last link. */
  readonly sha256: string;
}

async function open(
  { from, access }: DrillRequest,
  { identities, onProgress, signal }: DrillContext,
  folder: string,
): Promise<OpenedFrom> {
  const openStore = createOpenStore({ reserved: [], env: process.env });
  let store: BackupStore | null = null;
  let said = 0;
  const backup = await openBackup(from, {
    ...{ archives: createArchives(), identities, signal, spoolFolder: folder },
    openStore: async (destination) => (store = await openStore(destination, access)),
    onBytes(read, total) {
      const tenth = total === 0 ? 0 : Math.floor((read * 10) / total);
      if (tenth > said) onProgress(`read ${tenth * 10}% of the backup`);
      said = Math.max(said, tenth);
    },
  });
  const found = store as BackupStore | null;
  const records = (await found?.list())?.records ?? [];
  const record = records.find(({ name }) => name === backup.last.name);
  return { backup, store: found, sha256: record?.sha256 ?? '' };
}

/** The answers of another environment would differ, and a state of some components serves nothing. */
function mustBeOf(logId: string, { last, place, state }: OpenedBackup): void {
  if (state === null) {
    throw new Failure(
      'invalid',
      `${place} is a backup of components: it has no log, so nothing can be restored on a new machine`,
      {
        hint: 'Give a full or incremental backup: hecate list backups',
      },
    );
  }
  if (last.environment.logId === logId) return;
  throw new Failure('conflict', `${place} is a backup of another environment, ${last.environment.name}`, {
    hint: 'Give a backup of this environment: hecate list backups',
  });
}

async function prove(store: BackupStore | null, report: DrillReport): Promise<void> {
  const { name, sha256: hash, at, passed, hosts, differed, restoreMs, summary } = report;
  // A file without a record was copied elsewhere; nobody would look for its proof there.
  if (store === null || hash === '') return;
  await store.putProof({
    ...{ format: 'hecate-backup-proof', version: FORMAT_VERSION, name, sha256: hash, at, passed, hosts, differed },
    ...{ durationMs: restoreMs, problem: passed ? null : summary.slice(0, 2_000) },
  });
}

function reportOf(
  found: Found,
  {
    backup,
    sha256: hash,
    startedAt,
  }: { readonly backup: OpenedBackup; readonly sha256: string; readonly startedAt: Date },
): DrillReport {
  const { problem, hosts, comparisons, restoreMs, changedSince, liveCommit, notes } = found;
  const hostsWith = (verdict: HostComparison['verdict']) =>
    new Set(comparisons.filter((one) => one.verdict === verdict).map(({ host }) => host));
  const differing = hostsWith('differs');
  const counts = {
    ...{ problem: problem?.slice(0, 2_000) ?? null, hosts, differed: differing.size },
    changed: [...hostsWith('changed')].filter((host) => !differing.has(host)).length,
  };
  const order = { differs: 0, changed: 1, same: 2 };
  const { last, place } = backup;
  return {
    ...counts,
    ...{ name: last.name, place, sha256: hash, at: startedAt.toISOString() },
    passed: problem === null && differing.size === 0,
    summary: drillText(counts),
    comparisons: comparisons.toSorted((a, b) => order[a.verdict] - order[b.verdict]).slice(0, MOST_COMPARISONS),
    changedSince: changedSince.slice(0, MOST_CHANGED),
    ...{ commit: last.range?.head?.sequence ?? null, liveCommit },
    ...{ restoreMs: Math.round(restoreMs), totalMs: Date.now() - startedAt.getTime() },
    notes: [...notes],
  };
}

/** Opens the live log with the rights of the worker where this process has them, else with those of commands. */
async function liveLog(connections: Connections): Promise<LogReader> {
  const { workerSeedFile } = connections.nats;
  const isWorker = workerSeedFile !== null && existsSync(workerSeedFile);
  return createLogReader(isWorker ? workerNats(connections) : cliNats(connections));
}
