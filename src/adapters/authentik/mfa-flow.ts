import {
  AuthenticationEnum,
  DeviceClassesEnum,
  FlowDesignationEnum,
  NotConfiguredActionEnum,
} from './generated-client.js';
import { orFailure } from './api-client.js';
import type { AuthentikApi } from './calls.js';
import { findFlow } from './lookup.js';
import { everyResult } from './pages.js';
import { differencesIn, driftedFields, foreignObject, missingObject, pickFields, objectPath } from './object-paths.js';
import type { Writer } from './writer.js';

const TOTP_SETUP = 'default-authenticator-totp-setup';

interface MfaWork {
  readonly api: AuthentikApi;
  readonly writer: Writer;
  readonly ignored: readonly string[];
}

/** The field of a flow that callers need. */
interface Flow {
  readonly pk: string;
}

/**
 * Creates or repairs an authorization flow with a stage that validates a second factor, and returns its primary key. The
 * flow asks for a code at this sign-in, also when a visitor has a session without one, and enrols a user without a device.
 * Idempotent.
 */
export async function provideMfaFlow(work: MfaWork, name: string): Promise<string> {
  const { api, writer } = work;
  const stage = await provideStage(work, name);
  const flow = await provideFlow(work, name);
  const bound =
    flow.pk === ''
      ? []
      : (await orFailure('list the stages of a flow', api.flows.flowsBindingsList({ target: flow.pk }))).results;
  if (bound.some((binding) => binding.stage === stage)) return flow.pk;
  const repairs = () => missingObject(objectPath('flows', name, 'stages', name), { order: 0 });
  await writer.write<unknown>({ what: `bind the stage of flow ${name}`, repairs, answer: undefined }, () =>
    api.flows.flowsBindingsCreate({ flowStageBindingRequest: { target: flow.pk, stage, order: 0 } }),
  );
  return flow.pk;
}

async function provideFlow({ api, writer, ignored }: MfaWork, name: string): Promise<Flow> {
  const path = objectPath('flows', name);
  const wanted = {
    title: 'Confirm that it is you',
    designation: FlowDesignationEnum.Authorization,
    authentication: AuthenticationEnum.RequireAuthenticated,
  };
  const found = await findFlow(api, name);
  if (!found) {
    const flowRequest = { name, slug: name, ...wanted };
    const write = { what: `create flow ${name}`, repairs: () => missingObject(path, wanted), answer: { pk: '' } };
    return writer.write<Flow>(write, () => api.flows.flowsInstancesCreate({ flowRequest }));
  }
  const fields = driftedFields({ path, ignored }, wanted, found);
  if (fields.length === 0) return found;
  const repairs = () => differencesIn(path, fields, { wanted, found });
  return writer.write<Flow>({ what: `change flow ${name}`, repairs, answer: found }, () =>
    api.flows.flowsInstancesPartialUpdate({ slug: name, patchedFlowRequest: pickFields(fields, wanted) }),
  );
}

async function provideStage({ api, writer, ignored }: MfaWork, name: string): Promise<string> {
  const { stages } = api;
  const setup = await everyResult('list stages', (page) => stages.stagesAuthenticatorTotpList({ page }));
  const totp = setup.find((stage) => stage.name === TOTP_SETUP) ?? setup[0];
  const path = objectPath('stages', name);
  const wanted = {
    notConfiguredAction: totp ? NotConfiguredActionEnum.Configure : NotConfiguredActionEnum.Deny,
    deviceClasses: [DeviceClassesEnum.Static, DeviceClassesEnum.Totp, DeviceClassesEnum.Webauthn],
    configurationStages: totp ? [totp.pk] : [],
    lastAuthThreshold: 'seconds=0',
  };
  const found = await findStage(api, name);
  if (!found) {
    const authenticatorValidateStageRequest = { name, ...wanted };
    const write = { what: `create stage ${name}`, repairs: () => missingObject(path, wanted), answer: { pk: '' } };
    const made = await writer.write<Flow>(write, () =>
      stages.stagesAuthenticatorValidateCreate({ authenticatorValidateStageRequest }),
    );
    return made.pk;
  }
  const fields = driftedFields({ path, ignored }, wanted, found);
  if (fields.length > 0) {
    const patch = { stageUuid: found.pk, patchedAuthenticatorValidateStageRequest: { name, ...wanted } };
    const repairs = () => differencesIn(path, fields, { wanted, found });
    await writer.write<unknown>({ what: `change stage ${name}`, repairs, answer: undefined }, () =>
      stages.stagesAuthenticatorValidatePartialUpdate(patch),
    );
  }
  return found.pk;
}

async function findStage({ stages }: AuthentikApi, name: string) {
  const list = await orFailure('list stages', stages.stagesAuthenticatorValidateList({ name }));
  return list.results.find((stage) => stage.name === name) ?? null;
}

/** Deletes the flow for second factors and its stage. No provider may use it. Idempotent. */
export async function withdrawMfaFlow(api: AuthentikApi, name: string, writer: Writer): Promise<void> {
  const flow = await findFlow(api, name);
  if (flow) {
    const repairs = () => foreignObject(objectPath('flows', name), { title: flow.title });
    await writer.write({ what: `delete flow ${name}`, repairs, answer: undefined }, () =>
      api.flows.flowsInstancesDestroy({ slug: name }),
    );
  }
  const stage = await findStage(api, name);
  if (!stage) return;
  const repairs = () => foreignObject(objectPath('stages', name), { last_auth_threshold: stage.lastAuthThreshold });
  await writer.write({ what: `delete stage ${name}`, repairs, answer: undefined }, () =>
    api.stages.stagesAuthenticatorValidateDestroy({ stageUuid: stage.pk }),
  );
}
