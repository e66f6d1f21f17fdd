import { createHash } from 'node:crypto';
import { hostname, userInfo } from 'node:os';
import { readKeyFile, type OperatorSigner } from '../../adapters/keys/key-file.js';
import type { RequestOrigin } from '../../domain/log/commit.js';
import { provenText, type Proof, type Purpose } from '../../domain/trust/proof.js';
import { Failure } from '../../ports/failure.js';
import type { Signer } from '../../ports/trust.js';
import type { Connections } from '../../stack/connections.js';
import { operatorKeyFile } from '../../stack/load-connections.js';
import { environmentHere } from './environment.js';

/** The operator of this command, who signs its requests for one environment. */
export interface Signing {
  /** Name of the operator. */
  readonly operator: string;
  /**
   * Returns the request with its proof, and with the machine and the user, which are signed with it. `workflowId`: id of the
   * workflow or standalone activity that it starts.
   */
  sign<R extends object>(
    this: void,
    purpose: Purpose,
    workflowId: string,
    request: R,
  ): R & { readonly from: RequestOrigin; readonly proof: Proof };
}

/**
 * Returns the operator whose key this user has. Throws `denied` when there is no key or others can read it, and
 * `unavailable` when the environment's id has to be asked of a NATS that does not answer.
 */
export async function signingHere(connections: Connections): Promise<Signing> {
  const signer = signerHere(connections);
  return signingAs(signer, await environmentHere(connections));
}

/** Returns the signer of {@link signingHere}, without asking a server. */
export function signerHere({ home }: Pick<Connections, 'home'>): OperatorSigner {
  const file = operatorKeyFile(process.env, home);
  const signer = readKeyFile(file);
  if (signer !== null) return signer;
  throw new Failure('denied', `there is no operator’s key here: ${file} does not exist`, {
    hint: 'Have an admin make one: hecate create operator --name NAME --role operator. Put it there, or set HECATE_OPERATOR_KEY_FILE. On the machine of the stack: hecate init operator --name NAME',
  });
}

/** Returns the signing of an operator's requests for an environment. */
export function signingAs(signer: Signer, environment: string): Signing {
  return {
    operator: signer.operator,
    sign(purpose, workflowId, request) {
      const by = { environment, at: new Date().toISOString(), signer: signer.operator };
      const whole = { ...request, from: originHere() };
      const signature = signer.sign(provenText({ purpose, workflowId, request: whole }, by, sha256));
      return { ...whole, proof: { ...by, signature } };
    },
  };
}

/** Returns the machine's name, and the name of the user as the system knows it. */
function originHere(): RequestOrigin {
  return { machine: hostname(), user: userHere() };
}

function userHere(): string {
  try {
    return userInfo().username;
  } catch {
    // A container's user may have no name.
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
