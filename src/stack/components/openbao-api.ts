import { request } from 'undici';
import { Failure } from '../../ports/failure.js';

/** Returns the status code of the health endpoint: 200 active, 501 not initialised, 503 sealed. */
export async function health(address: string): Promise<number> {
  const { statusCode, body } = await request(`${address}/v1/sys/health`, { signal: AbortSignal.timeout(3_000) });
  await body.dump();
  return statusCode;
}

/** Calls OpenBao's API and returns the body. Throws `unavailable` with OpenBao's message for any status from 300 on. */
export type OpenbaoCall = (method: string, path: string, body?: unknown) => Promise<unknown>;

/** Creates a caller with this token, or an anonymous one. */
export function openbaoCaller(address: string, token?: string): OpenbaoCall {
  return async (method, path, body) => {
    const response = await request(`${address}/v1${path}`, {
      method: method as 'GET',
      headers: { 'content-type': 'application/json', ...(token ? { 'x-vault-token': token } : {}) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      headersTimeout: 30_000,
    });
    const text = await response.body.text();
    if (response.statusCode < 300) return text === '' ? {} : (JSON.parse(text) as unknown);
    throw new Failure('unavailable', `OpenBao answered ${response.statusCode} to ${method} ${path}: ${text.trim()}`, {
      system: `openbao at ${address}`,
      hint: "Look for the cause in OpenBao's log: hecate logs openbao",
    });
  };
}
