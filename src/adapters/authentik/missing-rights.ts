import { readFile } from 'node:fs/promises';
import { request } from 'undici';
import type { AuthentikAddress } from './api-client.js';

/** Objects that Hecate creates, with the right for it. */
const CREATED_OBJECTS: readonly (readonly [path: string, right: string])[] = [
  ['core/groups/', 'authentik_core.add_group'],
  ['core/applications/', 'authentik_core.add_application'],
  ['providers/proxy/', 'authentik_providers_proxy.add_proxyprovider'],
  ['policies/expression/', 'authentik_policies_expression.add_expressionpolicy'],
  ['policies/bindings/', 'authentik_policies.add_policybinding'],
  ['flows/instances/', 'authentik_flows.add_flow'],
  ['flows/bindings/', 'authentik_flows.add_flowstagebinding'],
  ['stages/authenticator/validate/', 'authentik_stages_authenticator_validate.add_authenticatorvalidatestage'],
];

/** Objects that Hecate reads, with the right for it. */
const READ_OBJECTS: readonly (readonly [path: string, right: string])[] = [
  ['core/groups/', 'authentik_core.view_group'],
  ['providers/proxy/', 'authentik_providers_proxy.view_proxyprovider'],
  ['policies/expression/', 'authentik_policies_expression.view_expressionpolicy'],
  ['policies/bindings/', 'authentik_policies.view_policybinding'],
  ['flows/instances/', 'authentik_flows.view_flow'],
  ['stages/authenticator/validate/', 'authentik_stages_authenticator_validate.view_authenticatorvalidatestage'],
  ['outposts/instances/', 'authentik_outposts.view_outpost'],
];

/**
 * Lists the rights that Hecate's token lacks. It tests a right to create with an empty POST, which creates nothing:
 * authentik answers 400 with the right, and 403 without.
 */
export async function missingRights(address: AuthentikAddress): Promise<readonly string[]> {
  const missing = await Promise.all([
    ...READ_OBJECTS.map(([path, right]) => lacks(address, 'GET', path, right)),
    ...CREATED_OBJECTS.map(([path, right]) => lacks(address, 'POST', path, right)),
  ]);
  return missing.flat();
}

async function lacks({ url, tokenFile }: AuthentikAddress, method: 'GET' | 'POST', path: string, right: string) {
  const token = (await readFile(tokenFile, 'utf8')).trim();
  const answer = await request(`${url}/api/v3/${path}${method === 'GET' ? '?page_size=1' : ''}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(method === 'POST' ? { body: '{}' } : {}),
    signal: AbortSignal.timeout(5_000),
  });
  await answer.body.dump();
  return answer.statusCode === 403 ? [right] : [];
}
