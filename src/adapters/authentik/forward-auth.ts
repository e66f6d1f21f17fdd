import { request } from 'undici';
import { notAnswering } from './client/api-client.js';

const TIMEOUT_MS = 5_000;

/** Returns true when the outpost asks an anonymous visitor of this URL to sign in. For a host that it does not know it answers 404. */
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
