import {
  AuthenticationEnum,
  DeviceClassesEnum,
  FlowDesignationEnum,
  NotConfiguredActionEnum,
} from './generated-client.js';
import { Failure } from '../../ports/failure.js';
import { answered, type AuthentikApi } from './api-client.js';
import { everyResult } from './pages.js';
import type { Names } from './names.js';
import type { Writer } from './writer.js';

const IMPLICIT_CONSENT = 'default-provider-authorization-implicit-consent';
const INVALIDATION = 'default-provider-invalidation-flow';
const TOTP_SETUP = 'default-authenticator-totp-setup';

/** Finds flows by slug, each asked for once, and makes the one that asks for a second factor. */
export interface Flows {
  /** Primary key; throws `unavailable` while authentik has not made its default flows yet. */
  readonly plain: () => Promise<string>;
  readonly invalidation: () => Promise<string>;
  readonly authentication: (slug: string) => Promise<string>;
  readonly mfa: () => Promise<string>;
}

export function createFlows(api: AuthentikApi, names: Names, writer: Writer): Flows {
  const known = new Map<string, Promise<string>>();
  const once = (key: string, find: () => Promise<string>) => {
    const found = known.get(key) ?? find();
    known.set(key, found);
    return found;
  };
  const bySlug = (slug: string) => once(slug, () => existing(api, slug));
  return {
    plain: () => bySlug(IMPLICIT_CONSENT),
    invalidation: () => bySlug(INVALIDATION),
    authentication: bySlug,
    mfa: () => once('mfa', () => provideMfaFlow(api, names.mfaFlow, writer)),
  };
}

/** The flow with this slug; null when there is none. */
export async function findFlow({ flows }: AuthentikApi, slug: string) {
  const found = await answered('find a flow', flows.flowsInstancesList({ slug }));
  return found.results.find((flow) => flow.slug === slug) ?? null;
}

async function existing(api: AuthentikApi, slug: string): Promise<string> {
  const flow = await findFlow(api, slug);
  if (flow) return flow.pk;
  throw new Failure('unavailable', `authentik has no flow ${slug} (yet)`, {
    system: 'authentik',
    hint: 'authentik makes its default flows after its start; if they were deleted, apply its default blueprints again.',
  });
}

/**
 * An authorization flow of its own with a validate stage: it asks for a code at this very sign-in, also of who signed in
 * elsewhere without one, and lets a user without a device enrol on the spot.
 */
async function provideMfaFlow(api: AuthentikApi, name: string, writer: Writer): Promise<string> {
  const stage = await provideStage(api, name, writer);
  const found = await findFlow(api, name);
  const flowRequest = {
    name,
    slug: name,
    title: 'Confirm that it is you',
    designation: FlowDesignationEnum.Authorization,
    authentication: AuthenticationEnum.RequireAuthenticated,
  };
  const flow =
    found?.pk ?? (await writer.write(`create flow ${name}`, () => api.flows.flowsInstancesCreate({ flowRequest }))).pk;
  const bound = await answered('list a flow’s stages', api.flows.flowsBindingsList({ target: flow }));
  if (bound.results.some((binding) => binding.stage === stage)) return flow;
  await writer.write(`bind the stage of flow ${name}`, () =>
    api.flows.flowsBindingsCreate({ flowStageBindingRequest: { target: flow, stage, order: 0 } }),
  );
  return flow;
}

async function provideStage({ stages }: AuthentikApi, name: string, writer: Writer): Promise<string> {
  const setup = await everyResult('list stages', (page) => stages.stagesAuthenticatorTotpList({ page }));
  const totp = setup.find((stage) => stage.name === TOTP_SETUP) ?? setup[0];
  const wanted = {
    notConfiguredAction: totp ? NotConfiguredActionEnum.Configure : NotConfiguredActionEnum.Deny,
    deviceClasses: [DeviceClassesEnum.Static, DeviceClassesEnum.Totp, DeviceClassesEnum.Webauthn],
    configurationStages: totp ? [totp.pk] : [],
    lastAuthThreshold: 'seconds=0',
  };
  const list = await answered('list stages', stages.stagesAuthenticatorValidateList({ name }));
  const found = list.results.find((stage) => stage.name === name);
  if (!found) {
    const authenticatorValidateStageRequest = { name, ...wanted };
    const made = await writer.write(`create stage ${name}`, () =>
      stages.stagesAuthenticatorValidateCreate({ authenticatorValidateStageRequest }),
    );
    return made.pk;
  }
  const same =
    found.notConfiguredAction === wanted.notConfiguredAction &&
    found.lastAuthThreshold === wanted.lastAuthThreshold &&
    [...(found.deviceClasses ?? [])].sort().join() === [...wanted.deviceClasses].sort().join() &&
    (found.configurationStages ?? []).join() === wanted.configurationStages.join();
  if (!same) {
    const patchedAuthenticatorValidateStageRequest = { name, ...wanted };
    await writer.write(`change stage ${name}`, () =>
      stages.stagesAuthenticatorValidatePartialUpdate({
        stageUuid: found.pk,
        patchedAuthenticatorValidateStageRequest,
      }),
    );
  }
  return found.pk;
}

/** Removes the flow for second factors and its stage; only when no provider uses it any more. */
export async function withdrawMfaFlow(api: AuthentikApi, name: string, writer: Writer): Promise<void> {
  if (await findFlow(api, name)) {
    await writer.write(`delete flow ${name}`, () => api.flows.flowsInstancesDestroy({ slug: name }));
  }
  const list = await answered('list stages', api.stages.stagesAuthenticatorValidateList({ name }));
  const stage = list.results.find((one) => one.name === name);
  if (!stage) return;
  await writer.write(`delete stage ${name}`, () =>
    api.stages.stagesAuthenticatorValidateDestroy({ stageUuid: stage.pk }),
  );
}
