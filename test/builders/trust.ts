import { createHash } from 'node:crypto';
import { newOperatorKey, operatorSigner, verifySignature } from '../../src/adapters/keys/operator-key.js';
import { createSeals } from '../../src/adapters/keys/worker-seals.js';
import { createOwnSteps, type OwnSteps } from '../../src/activities/trust/own-steps.js';
import type { Authority } from '../../src/activities/trust/verify-request.js';
import type { Dependencies } from '../../src/activities/dependencies.js';
import { changeOf, type Change } from '../../src/domain/log/commit.js';
import type { LogView } from '../../src/ports/event-log.js';
import type { Signer } from '../../src/ports/trust.js';
import { provenText, type Proof, type Purpose } from '../../src/domain/trust/proof.js';
import type { Role } from '../../src/domain/values/role.js';

export const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** An operator with a key of his own. */
export interface TestOperator {
  readonly name: string;
  /** The change that makes him known to the log. */
  readonly created: Change;
  /** Signs a request as the command line does. */
  sign<T extends object>(request: T, proof: Signed): T & { readonly proof: Proof };
}

/** What a signature says beside the request. */
export interface Signed {
  readonly purpose?: Purpose;
  readonly workflowId: string;
  readonly environment?: string;
  readonly at: string;
}

/** Makes an operator. Requests are signed for the environment `memory`, that of `createHistory`, unless said otherwise. */
export function testOperator(name = 'tester', role: Role = 'admin'): TestOperator {
  const { privateText, publicKey } = newOperatorKey(name);
  const signer = operatorSigner(privateText, 'the test');
  return {
    name,
    created: changeOf('Operator', name, null, { name, role, publicKey }),
    sign: (request, signed) => signedBy(signer, request, signed),
  };
}

/** Returns a request with the proof of this signer, as the command line makes it. */
export function signedBy<T extends object>(
  signer: Signer,
  request: T,
  { purpose = 'operation', workflowId, environment = 'memory', at }: Signed,
): T & { readonly proof: Proof } {
  const claim = { environment, at, signer: signer.operator };
  const signature = signer.sign(provenText({ purpose, workflowId, request }, claim, sha256));
  return { ...request, proof: { ...claim, signature } };
}

/** What activities need to verify and seal, over a memory of taken requests. */
export function trustInMemory(): Pick<
  Dependencies,
  'sha256' | 'seals' | 'verifySignature' | 'takenRequests' | 'newId'
> & { readonly ownSteps: OwnSteps } {
  const taken = new Map<string, string>();
  let count = 0;
  return {
    sha256,
    ownSteps: createOwnSteps(),
    verifySignature,
    seals: createSeals('a secret of the workers in this test', 'main'),
    newId: () => `made-${++count}`,
    takenRequests: {
      takenBy: async (id) => taken.get(id) ?? null,
      async take(id, runId) {
        if (!taken.has(id)) taken.set(id, runId);
        return taken.get(id) === runId;
      },
    },
  };
}

/** The authority of an operator whose request was verified before. */
export function authority(view: LogView, role: Role = 'operator', workflowId = 'w'): Authority {
  const caller = { workflowId, runId: 'run', isStandalone: false, activity: 'planOperation' };
  return { actor: 'ada', role, caller, view, proof: null, taken: async () => undefined };
}
