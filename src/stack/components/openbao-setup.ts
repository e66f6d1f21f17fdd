import { existsSync, readFileSync, rmSync } from 'node:fs';
import { Failure } from '../../ports/failure.js';
import type { HomeLayout } from '../home-layout.js';
import { writePrivate } from '../private-files.js';
import { health, openbaoCaller } from './openbao-api.js';
import { giveRoles } from './openbao-roles.js';
import { isFromBefore, regainRoot } from './openbao-root.js';

/**
 * Initialises OpenBao once and gives the worker and the command line an AppRole each, which reach nothing but Hecate's own
 * mounts. The root token lives in a 0600 file from the first call until it is revoked at the end, so that a crash in
 * between is made good by the next start. A home from before the command line had a role gets it by the recovery key.
 */
export async function setUpOpenbao(address: string, layout: HomeLayout): Promise<void> {
  if ((await health(address)) === 501) await initialise(address, layout);
  await untilActive(address);
  if (!existsSync(layout.rootToken) && isFromBefore(layout)) await regainRoot(address, layout);
  if (existsSync(layout.rootToken)) await useRoot(address, layout);
  else if (!existsSync(layout.secretId)) throw interrupted(address, layout);
}

async function initialise(address: string, layout: HomeLayout): Promise<void> {
  const call = openbaoCaller(address);
  const answer = await call('PUT', '/sys/init', { recovery_shares: 1, recovery_threshold: 1 });
  const { recovery_keys_base64: keys, root_token: token } = answer as InitAnswer;
  writePrivate(layout.rootToken, token);
  writePrivate(layout.recoveryKey, `${keys[0] ?? ''}\n`);
}

interface InitAnswer {
  readonly recovery_keys_base64: readonly string[];
  readonly root_token: string;
}

async function untilActive(address: string): Promise<void> {
  const deadline = Date.now() + 30_000;
  while ((await health(address)) !== 200) {
    if (Date.now() > deadline) throw new Failure('unavailable', `OpenBao at ${address} does not unseal itself`);
    await new Promise((done) => setTimeout(done, 100));
  }
}

async function useRoot(address: string, layout: HomeLayout): Promise<void> {
  const call = openbaoCaller(address, readFileSync(layout.rootToken, 'utf8'));
  await giveRoles(call, layout);
  await call('POST', '/auth/token/revoke-self');
  rmSync(layout.rootToken);
}

function interrupted(address: string, layout: HomeLayout): Failure {
  return new Failure('denied', 'OpenBao was initialised, but the answer was lost before it could be kept', {
    system: `openbao at ${address}`,
    hint: `Nothing is stored in it yet: run \`hecate down\`, remove ${layout.openbao}, and run \`hecate up\`.`,
  });
}
