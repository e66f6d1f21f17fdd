import { find } from '../../domain/log/state.js';
import { vaultPathOf } from '../../domain/resources/secret.js';
import { acceptedEditions } from '../../domain/secrets/rotation.js';
import { Failure } from '../../ports/failure.js';
import type { SinkAccess } from '../../ports/alerts/sender.js';
import type { Dependencies } from '../dependencies.js';
import { vaultOf } from '../secrets/resolved-secrets.js';

/** A sink of the log with the values of its secret. */
export interface FoundSink extends SinkAccess {
  /** Last commit that changed it. */
  readonly revision: number;
}

/** Returns a sink with the values of its secret as they are now; null: there is none. Throws `Failure` when a value is missing. */
export async function sinkNamed(
  { log, secrets }: Pick<Dependencies, 'log' | 'secrets'>,
  name: string,
): Promise<FoundSink | null> {
  const { state } = await log.view();
  const stored = find(state, 'AlertSink', name);
  if (stored === undefined) return null;
  const { value: sink, revision } = stored;
  if (sink.secret === null) return { sink, values: [], revision };
  const secret = find(state, 'Secret', sink.secret)?.value;
  const hint = `See: hecate read secret --name ${sink.secret}`;
  if (secret === undefined) throw new Failure('missing', `there is no secret ${sink.secret}`, { hint });
  const vault = vaultOf(secrets);
  const paths = acceptedEditions(secret).map(({ edition }) => vaultPathOf({ ...secret, edition }));
  const found = await Promise.all(paths.map((path) => vault.read(path)));
  const values = found.flatMap((value) => value?.['value'] ?? []);
  if (values.length > 0) return { sink, values, revision };
  throw new Failure('missing', `Vault has no value of secret ${sink.secret}`, { hint });
}
