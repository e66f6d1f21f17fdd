import { existsSync } from 'node:fs';
import { Failure } from '../../ports/failure.js';
import type { HomeLayout } from '../home-layout.js';
import { readText, writePrivate } from '../../adapters/files/private-files.js';
import { openbaoCaller } from './openbao-api.js';
import { rolesFingerprint } from './openbao-roles.js';

/**
 * Returns the reason for which a home needs a new root token once; null: none. A home of an older version lacks credentials of a
 * role or has its policies, and a file may be damaged. Only for a home whose OpenBao is set up and that has the recovery key.
 */
export function reasonForRoot(layout: HomeLayout): string | null {
  const files = credentialFiles(layout);
  const isSetUp = files.some((file) => existsSync(file));
  if (!isSetUp || readText(layout.recoveryKey).value === null) return null;
  if (files.some((file) => readText(file).value === null))
    return 'a credential of Hecate’s roles in OpenBao is missing';
  const isOurs = readText(layout.rolesMark).value === rolesFingerprint();
  return isOurs ? null : 'OpenBao has the policies of another version of Hecate';
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
 * prints a warning: the roles stay as they are until OpenBao restarts with the configuration for such a home.
 */
export async function regainRoot(address: string, layout: HomeLayout): Promise<void> {
  try {
    writePrivate(layout.rootToken, await newRoot(address, readText(layout.recoveryKey).value ?? ''));
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    process.stderr.write(
      `commands cannot hand over secrets and rotations cannot run yet, because OpenBao did not change Hecate’s roles: ${error.message}\n`,
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
