import { rmSync } from 'node:fs';
import { Failure } from '../../ports/failure.js';
import type { HomeLayout } from '../home-layout.js';
import { readText, writePrivate } from '../../adapters/files/private-files.js';
import { health, openbaoCaller, type OpenbaoCall } from './openbao-api.js';
import { giveRoles } from './openbao-roles.js';
import { reasonForRoot, regainRoot } from './openbao-root.js';

/**
 * Initialises OpenBao once, and creates an AppRole each for the worker and the command line, limited to Hecate's mounts. The
 * root token is in a 0600 file until it is revoked at the end, so that the next start completes an interrupted set-up. A
 * home that lacks credentials of a role, or has another version's policies, gets them with the recovery key. Idempotent.
 */
export async function setUpOpenbao(address: string, layout: HomeLayout, environment?: string): Promise<void> {
  if ((await health(address)) === 501) await initialise(address, layout);
  await untilActive(address);
  if (readText(layout.rootToken).value === null && reasonForRoot(layout) !== null) await regainRoot(address, layout);
  const root = readText(layout.rootToken).value;
  if (root !== null) await useRoot(openbaoCaller(address, root), layout, environment);
  else if (readText(layout.secretId).value === null) throw interrupted(address, layout);
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
    if (Date.now() > deadline)
      throw new Failure('unavailable', `OpenBao at ${address} was still sealed after 30 s`, {
        system: `openbao at ${address}`,
        hint: "Look for the cause in OpenBao's log: hecate logs openbao",
      });
    await new Promise((done) => setTimeout(done, 100));
  }
}

async function useRoot(call: OpenbaoCall, layout: HomeLayout, environment?: string): Promise<void> {
  await giveRoles(call, layout, environment);
  await call('POST', '/auth/token/revoke-self');
  rmSync(layout.rootToken);
}

function interrupted(address: string, layout: HomeLayout): Failure {
  return new Failure('denied', 'OpenBao was initialised, but its root token was lost before it could be stored', {
    system: `openbao at ${address}`,
    hint: `OpenBao has no data yet, so start again: hecate down && rm -r ${layout.openbao} && hecate up`,
  });
}
