import { Client } from 'undici';
import type { CheckedServer } from '../../ports/proxy.js';

/** See `Proxy.answersCheck`. The certificate of a server is not verified here: that is the proxy's to judge. */
export async function answersCheck({ dial, secure, path, timeoutMs }: CheckedServer): Promise<number | null> {
  const isSocket = dial.startsWith('unix/');
  const origin = `${secure ? 'https' : 'http'}://${isSocket ? 'localhost' : dial}`;
  const connect = {
    timeout: timeoutMs,
    rejectUnauthorized: false,
    ...(isSocket ? { socketPath: dial.slice('unix/'.length) } : {}),
  };
  const client = new Client(origin, { connect });
  try {
    const answer = await client.request({ method: 'GET', path, signal: AbortSignal.timeout(timeoutMs), reset: true });
    await answer.body.dump();
    return answer.statusCode;
  } catch {
    return null;
  } finally {
    await client.destroy();
  }
}
