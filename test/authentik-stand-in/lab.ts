import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startStandIn, type StandInOptions } from '../../src/authentik-stand-in/stand-in.js';

type Fields = Record<string, unknown>;
export type Lab = Awaited<ReturnType<typeof createLab>>;
export const password = 'a password';

/** A fresh stand-in with a user alice in the group editors and a user bob in none. */
export async function createLab(options: Partial<StandInOptions> = {}) {
  const data = mkdtempSync(join(tmpdir(), 'hecate-lab-'));
  let standIn = await startStandIn({ data, port: 0, ...options });
  const secret = (name: string) => readFileSync(join(data, name), 'utf8').trim();

  const call = async (method: string, path: string, body?: Fields, token = secret('bootstrap-token')) => {
    const response = await fetch(`${standIn.url}/api/v3${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const text = await response.text();
    return { status: response.status, body: (text === '' ? {} : JSON.parse(text)) as Fields };
  };
  const post = async (path: string, body: Fields): Promise<Fields> => (await call('POST', path, body)).body;
  const flow = async (slug: string) => (await call('GET', `/flows/instances/${slug}/`)).body['pk'] as string;
  const stage = async (name: string) => {
    const { results } = (await call('GET', `/stages/all/?name=${name}`)).body as { results: Fields[] };
    return results[0]!['pk'] as string;
  };
  const editors = (await post('/core/groups/', { name: 'editors' }))['pk'] as string;
  const addUser = async (username: string, groups: readonly string[] = []) => {
    const fields = { username, name: username, email: `${username}@example.test`, groups };
    const pk = (await post('/core/users/', fields))['pk'] as number;
    await post(`/core/users/${pk}/set_password/`, { password });
    return pk;
  };
  const alice = await addUser('alice', [editors]);
  const bob = await addUser('bob');

  /** An application at https://{name}.lab.test, served by the embedded outpost, as yet open to everybody. */
  const addApplication = async (name: string, fields: Fields = {}) => {
    const provider = await post('/providers/proxy/', {
      name,
      mode: 'forward_single',
      external_host: `https://${name}.lab.test`,
      authorization_flow: await flow('default-provider-authorization-implicit-consent'),
      invalidation_flow: await flow('default-provider-invalidation-flow'),
      ...fields,
    });
    const application = await post('/core/applications/', { name, slug: name, provider: provider['pk'] });
    const { results } = (await call('GET', '/outposts/instances/')).body as { results: Fields[] };
    const outpost = results[0] as { pk: string; providers: number[] };
    await call('PATCH', `/outposts/instances/${outpost.pk}/`, {
      providers: [...outpost.providers, provider['pk']],
      config: { authentik_host: 'https://auth.lab.test' },
    });
    return { pk: application['pk'] as string, provider: provider['pk'] as number };
  };
  /** A flow that always asks for a second factor, and enrols one where there is none. */
  const addStepUpFlow = async () => {
    const made = await post('/flows/instances/', {
      name: 'step up',
      title: 'step up',
      slug: 'step-up',
      designation: 'authorization',
      authentication: 'require_authenticated',
    });
    const validate = await post('/stages/authenticator/validate/', {
      name: 'second factor',
      not_configured_action: 'configure',
      device_classes: ['totp'],
      configuration_stages: [await stage('default-authenticator-totp-setup')],
      last_auth_threshold: 'seconds=0',
    });
    await post('/flows/bindings/', { target: made['pk'], stage: validate['pk'], order: 0 });
    return made['pk'] as string;
  };
  return {
    data,
    get url() {
      return standIn.url;
    },
    ...{ secret, call, post, editors, alice, bob, addUser, addApplication, addStepUpFlow },
    /** The same data, served again. */
    restart: async () => {
      await standIn.close();
      standIn = await startStandIn({ data, port: 0, ...options });
    },
    close: async () => {
      await standIn.close();
      rmSync(data, { recursive: true, force: true });
    },
  };
}
