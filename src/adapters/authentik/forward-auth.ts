import { request } from 'undici';
import { notAnswering } from './api-client.js';

const TIMEOUT_MS = 5_000;

/** Whether the outpost asks a stranger at this address to sign in. An unknown host is 404; it never lets one through. */
export async function asksForSignIn(url: string, externalUrl: string): Promise<boolean> {
  const { host } = new URL(externalUrl);
  const headers = {
    'x-forwarded-host': host,
    'x-forwarded-proto': 'https',
    'x-forwarded-method': 'GET',
    'x-forwarded-uri': '/',
  };
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const answer = await request(`${url}/outpost.goauthentik.io/auth/caddy`, { headers, signal });
    await answer.body.dump();
    return answer.statusCode === 302 || answer.statusCode === 401;
  } catch (cause) {
    throw notAnswering(url, cause);
  }
}
