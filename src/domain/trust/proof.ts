// Who may start what: the proof that a request carries. May import data, values, resources and log.

import { canonicalJson } from '../data/json.js';

/** What a request asks for. A proof for one purpose proves nothing for another. */
export type Purpose =
  'operation' | 'preview' | 'reconcile' | 'inspection' | 'reveal' | 'backup' | 'drill' | 'alert-test';

/** Proof of a request: who made it, when, and for which environment. */
export interface Proof {
  /** Id of the environment's log. */
  readonly environment: string;
  /** Time of signing, ISO 8601 UTC with milliseconds. */
  readonly at: string;
  /** Name of the operator whose key signed; null: a worker sealed it, for a step of a workflow. */
  readonly signer: string | null;
  /** Ed25519 signature (RFC 8032) of {@link provenText} with the operator's key, or the worker's seal of it; base64url. */
  readonly signature: string;
}

/** A request before it is signed: what it asks for, and the id of the workflow or activity that it is to start. */
export interface Unproven {
  readonly purpose: Purpose;
  readonly workflowId: string;
  /** All fields of the request but `proof`. */
  readonly request: object;
}

/**
 * Returns the text that a proof signs. It covers every field of the request by a hash of its canonical JSON, so an altered
 * request, another purpose, workflow, environment, time or signer does not fit. `sha256` returns hex.
 */
export function provenText(
  { purpose, workflowId, request }: Unproven,
  { environment, at, signer }: Omit<Proof, 'signature'>,
  sha256: (text: string) => string,
): string {
  return textOfProof({ purpose, workflowId, environment, at, signer, request: requestHash(request, sha256) });
}

/** Returns the hash of every field of a request but its proof, over their canonical JSON. */
export function requestHash(request: object, sha256: (text: string) => string): string {
  const { proof: _proof, ...fields } = request as { readonly proof?: unknown };
  return sha256(canonicalJson(fields));
}

/** Returns the text that a proof signs, of a request of which only the hash (hex) is known. */
export function textOfProof({
  purpose,
  workflowId,
  environment,
  at,
  signer,
  request,
}: Omit<Proof, 'signature'> & Pick<Unproven, 'purpose' | 'workflowId'> & { readonly request: string }): string {
  return canonicalJson({ version: 1, purpose, workflowId, environment, at, signer, request });
}
