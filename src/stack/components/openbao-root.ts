import { existsSync, readFileSync } from 'node:fs';
import { Failure } from '../../ports/failure.js';
import type { HomeLayout } from '../home-layout.js';
import { writePrivate } from '../private-files.js';
import { openbaoCaller } from './openbao-api.js';

/** Whether a home was set up before the command line had a role, and has the key by which it can be made. */
export function isFromBefore(layout: HomeLayout): boolean {
  return existsSync(layout.secretId) && !existsSync(layout.cliSecretId) && existsSync(layout.recoveryKey);
}

/**
 * Makes a new root token with the recovery key and keeps it where the first one was; whoever uses it revokes it. An OpenBao
 * that does not allow that goes on as it was: it says so, and nothing can be handed over through it until it is restarted
 * with the configuration that such a home is given.
 */
export async function regainRoot(address: string, layout: HomeLayout): Promise<void> {
  try {
    writePrivate(layout.rootToken, await newRoot(address, readFileSync(layout.recoveryKey, 'utf8').trim()));
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    process.stderr.write(`the command line has no role in OpenBao yet: ${error.message}\n`);
  }
}

async function newRoot(address: string, key: string): Promise<string> {
  const call = openbaoCaller(address);
  // An attempt that was left unfinished would refuse a new one.
  await call('DELETE', '/sys/generate-root/attempt');
  const attempt = (await call('PUT', '/sys/generate-root/attempt', {})) as { nonce: string; otp: string };
  const done = await call('PUT', '/sys/generate-root/update', { key, nonce: attempt.nonce });
  return decoded((done as { encoded_token: string }).encoded_token, attempt.otp);
}

/** OpenBao hands the token out combined with the one-time password of the attempt, bit by bit. */
function decoded(encoded: string, otp: string): string {
  const mask = Buffer.from(otp);
  return Buffer.from(encoded, 'base64')
    .map((byte, index) => byte ^ (mask[index] ?? 0))
    .toString();
}
