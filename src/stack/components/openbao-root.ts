import { existsSync } from 'node:fs';
import { Failure } from '../../ports/failure.js';
import type { HomeLayout } from '../home-layout.js';
import { readText, writePrivate } from '../../adapters/files/private-files.js';
import { openbaoCaller } from './openbao-api.js';

/**
 * Returns true for a home whose OpenBao is set up, that has the recovery key, and that lacks credentials of a role: a home of
 * an older version has none for the command line, and a file may be damaged.
 */
export function lacksCredentials(layout: HomeLayout): boolean {
  const files = credentialFiles(layout);
  const isSetUp = files.some((file) => existsSync(file));
  return isSetUp && files.some((file) => readText(file).value === null) && readText(layout.recoveryKey).value !== null;
}

/** Says which credential of a role is damaged; null: none. A restart of OpenBao replaces it with the recovery key. */
export function credentialsProblem(layout: HomeLayout): string | null {
  const broken = credentialFiles(layout).map((file) => readText(file).broken);
  return broken.find((problem) => problem !== null) ?? null;
}

function credentialFiles({ roleId, secretId, cliRoleId, cliSecretId }: HomeLayout): readonly string[] {
  return [roleId, secretId, cliRoleId, cliSecretId];
}

/**
 * Creates a new root token with the recovery key and stores it in the home; its user must revoke it. When OpenBao refuses,
 * prints a warning: commands cannot pass secrets to the worker until OpenBao restarts with the configuration for such a home.
 */
export async function regainRoot(address: string, layout: HomeLayout): Promise<void> {
  try {
    writePrivate(layout.rootToken, await newRoot(address, readText(layout.recoveryKey).value ?? ''));
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    process.stderr.write(
      `commands cannot pass secrets to the worker yet, because OpenBao did not create a role for them: ${error.message}\n`,
    );
  }
}

async function newRoot(address: string, key: string): Promise<string> {
  const call = openbaoCaller(address);
  // Cancel an unfinished attempt, since OpenBao refuses a second one.
  await call('DELETE', '/sys/generate-root/attempt');
  const attempt = (await call('PUT', '/sys/generate-root/attempt', {})) as { nonce: string; otp: string };
  const done = await call('PUT', '/sys/generate-root/update', { key, nonce: attempt.nonce });
  return decoded((done as { encoded_token: string }).encoded_token, attempt.otp);
}

/** Decodes the token, which OpenBao combines with the attempt's one-time password by XOR. */
function decoded(encoded: string, otp: string): string {
  const mask = Buffer.from(otp);
  return Buffer.from(encoded, 'base64')
    .map((byte, index) => byte ^ (mask[index] ?? 0))
    .toString();
}
