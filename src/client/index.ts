// The library: runs operations from a program over one connection. May import everything but the worker.
import { type Desired, handedOverText } from '../domain/manifests/desired.js';
import { operationOf, type OperationKey } from '../operations/catalogue.js';
import { Failure } from '../ports/failure.js';
import type { Connections } from '../stack/connections.js';
import type { Ending } from './run/ending.js';
import { provenEnding } from './run/proven-ending.js';
import { openBlobStaging } from './run/blob-staging.js';
import { connectOperations, type Origin } from './run/operations-client.js';

/** A connected Hecate. */
export interface Hecate {
  /** Runs one operation to its end. Throws `invalid` for an unknown key or bad input; refusals and undos are endings. */
  run(operationKey: OperationKey, input: unknown, origin: Origin): Promise<Ending>;
  /** Applies manifests that are parsed already, in one commit. */
  apply(manifests: Pick<Desired, 'source' | 'resources'>, origin: Origin): Promise<Ending>;
  close(): Promise<void>;
}

/** Connects to the Temporal that these connections name. */
export async function connectHecate(connections: Connections): Promise<Hecate> {
  const operations = await connectOperations(connections);
  const run: Hecate['run'] = async (operationKey, input, origin) => {
    const operation = operationOf(operationKey);
    if (!operation) throw new Failure('invalid', `unknown operation: ${operationKey}`);
    const parsed = operation.input.safeParse(input);
    if (!parsed.success) throw new Failure('invalid', parsed.error.issues.map((issue) => issue.message).join('; '));
    return provenEnding(await operations.start(operation, parsed.data, origin), connections);
  };
  let store: ReturnType<typeof openBlobStaging> | null = null;
  const opened = () => {
    store ??= openBlobStaging(connections, { reconnect: true });
    store.catch(() => (store = null));
    return store;
  };
  // Connects early, so that the first apply need not wait. An apply reports a failure itself.
  void opened().catch(() => undefined);
  return {
    run,
    async apply(manifests, origin) {
      const staged = await (await opened()).staging.put(handedOverText(manifests));
      return run('manifests.apply', { fromGit: manifests.source.name, staged }, origin);
    },
    async close() {
      await Promise.all([
        operations.close(),
        store?.then(
          ({ close }) => close(),
          () => undefined,
        ),
      ]);
    },
  };
}
