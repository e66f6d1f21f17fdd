import { valueProblem } from '../../domain/secrets/kinds.js';
import { certificates } from '../../adapters/x509/certificates.js';
import { createSecretStaging } from '../../adapters/vault/secret-staging.js';
import type { Handover } from '../../operations/questions.js';
import type { Operation } from '../../operations/operation.js';
import { Failure } from '../../ports/failure.js';
import type { SecretStaging } from '../../ports/secrets.js';
import type { Connections } from '../../stack/connections.js';

/**
 * Checks the files of a command, then puts the secret ones into Vault for the worker, where they expire within an hour. A
 * dry run does so too: the worker checks them. Throws `invalid` before anything is written.
 */
export async function handOver(
  operation: Operation,
  input: Record<string, unknown>,
  secrets: ReadonlyMap<string, string>,
  connections: Connections,
): Promise<void> {
  const problem = operation.handoverProblem?.(input, localHandover(secrets), new Date().toISOString());
  if (problem)
    throw new Failure(problem.kind, problem.message, problem.hint === undefined ? {} : { hint: problem.hint });
  if (secrets.size === 0) return;
  const staging = secretStagingOf(connections);
  for (const [id, content] of secrets) await staging.stage(id, content);
}

function localHandover(secrets: ReadonlyMap<string, string>): Handover {
  return {
    certificate: (chain) => certificates.read(chain),
    key(chain, staged) {
      const key = secrets.get(staged);
      return key === undefined ? 'missing' : certificates.match(chain, key);
    },
    secretValueProblem: (staged, kind) => valueProblem(secrets.get(staged) ?? '', kind),
    // Only the worker can ask.
    secretCertificate: () => null,
    isKept: () => true,
  };
}

/** Returns Vault's staging mount, with the command line's role. Throws `unavailable` where none is configured. */
export function secretStagingOf({ vault }: Connections): SecretStaging {
  const { address, cliRoleIdFile: roleIdFile, cliSecretIdFile: secretIdFile, environment } = vault;
  if (roleIdFile && secretIdFile)
    return createSecretStaging({
      address,
      roleIdFile,
      secretIdFile,
      ...(environment === undefined ? {} : { environment }),
    });
  throw new Failure('unavailable', 'no credentials for Vault are configured here; secrets go through Vault', {
    system: 'vault',
    hint: 'Set HECATE_VAULT_CLI_ROLE_ID_FILE and HECATE_VAULT_CLI_SECRET_ID_FILE; see deploy/README.md.',
  });
}
