import { Client } from 'undici';
import type { CheckedServer } from '../../ports/proxy.js';

/** Implements `Proxy.answersCheck`. Does not verify the server's certificate, because the proxy does that. Never throws. */
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
