import { request } from 'undici';
import { Failure } from '../../ports/failure.js';

/** Status code of the health endpoint: 200 active, 501 not initialised, 503 sealed. */
export async function health(address: string): Promise<number> {
  const { statusCode, body } = await request(`${address}/v1/sys/health`, { headersTimeout: 2_000 });
  await body.dump();
  return statusCode;
}

/** A call of OpenBao's API; answers the body. Throws `unavailable` with its words for any status but success. */
export type OpenbaoCall = (method: string, path: string, body?: unknown) => Promise<unknown>;

/** Calls as whoever holds this token; none: as a stranger. */
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
    throw new Failure('unavailable', `OpenBao answers ${response.statusCode} to ${method} ${path}: ${text.trim()}`, {
      system: `openbao at ${address}`,
    });
  };
}
