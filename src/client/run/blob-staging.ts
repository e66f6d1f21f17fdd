import { connectNats } from '../../adapters/log/nats/connect-nats.js';
import { createBlobs } from '../../adapters/log/stores/blob-store.js';
import { namesOn } from '../../adapters/log/log-names.js';
import type { Change } from '../../domain/log/commit.js';
import { handedOverText } from '../../domain/manifests/desired.js';
import { isRepositoryUrl } from '../../domain/values/network/repository-url.js';
import type { Operation } from '../../operations/operation.js';
import type { Blobs } from '../../ports/blobs.js';
import { Failure } from '../../ports/failure.js';
import { cliNats, type Connections } from '../../stack/connections.js';
import type { Preview } from '../../workflows/contracts/plan.js';
import { flagsOf } from '../input/flags.js';
import { manifestsOf } from './manifests-of.js';

/** The input with a folder of manifests read, checked and handed over to the worker; every other input as it is. */
export async function withStaged(
  operation: Operation,
  input: Record<string, unknown>,
  connections: Connections,
): Promise<Record<string, unknown>> {
  const field = flagsOf(operation).find((flag) => flag.isManifests)?.field;
  const folder = field === undefined ? undefined : input[field];
  if (typeof folder !== 'string' || isRepositoryUrl(folder)) return input;
  const text = handedOverText(await manifestsOf(folder));
  return { ...input, staged: await withStaging(connections, (staging) => staging.put(text)) };
}

/** A preview with its changes, which are handed over aside when they are many. */
export async function withChanges(preview: Preview, connections: Connections): Promise<Preview> {
  const { planned } = preview;
  const plan = planned.kind === 'planned' || planned.kind === 'refused' ? planned.plan : undefined;
  if (plan?.blob === undefined) return preview;
  const { blob } = plan;
  const changes = await withStaging(connections, (staging) => staging.list(blob));
  if (changes === null) throw new Failure('unavailable', 'the plan cannot be read', { system: 'nats' });
  return {
    ...preview,
    planned: { ...planned, plan: { ...plan, changes: changes as readonly Change[] } } as Preview['planned'],
  };
}

/** Opens the store for as long as `use` takes. */
export async function withStaging<T>(connections: Connections, use: (staging: Blobs) => Promise<T>): Promise<T> {
  const { staging, close } = await openBlobStaging(connections, { reconnect: false });
  try {
    return await use(staging);
  } finally {
    await close();
  }
}

/** The store over a connection that is kept until it is closed. */
export async function openBlobStaging(
  connections: Connections,
  { reconnect }: { readonly reconnect: boolean },
): Promise<{ readonly staging: Blobs; readonly close: () => Promise<void> }> {
  const nc = await connectNats(cliNats(connections), { reconnect });
  return { staging: createBlobs(nc, namesOn(nc).blobStaging, { expires: true }), close: () => nc.close() };
}
