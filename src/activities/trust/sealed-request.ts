// Trust: how activities verify who asks, seal what workflows carry, and record what they refused. May import domain, operations,
// ports and workflows/contracts.
import { provenText, type Proof, type Unproven } from '../../domain/trust/proof.js';
import type { Seals } from '../../ports/trust.js';
import type { Dependencies } from '../dependencies.js';

/** Dependencies for sealing. */
export type Sealing = Pick<Dependencies, 'log' | 'now' | 'sha256'> & { readonly seals: Seals };

/**
 * Returns a request with the proof of a worker: an activity decided it, for a step of a workflow. The seal covers every
 * field, the purpose and the workflow that is to be started, and the request is valid as long as one of an operator. The
 * operator named as the actor still needs the role when it is carried out.
 */
export async function sealedRequest<Request extends object>(
  { log, now, sha256, seals }: Sealing,
  { request, ...unproven }: Omit<Unproven, 'request'> & { readonly request: Request },
): Promise<Request & { readonly proof: Proof }> {
  const { logId } = await log.view();
  const claim = { environment: logId, at: now(), signer: null };
  const signature = seals.seal(provenText({ ...unproven, request }, claim, sha256));
  return { ...request, proof: { ...claim, signature } };
}
