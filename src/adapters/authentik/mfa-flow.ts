import {
  AuthenticationEnum,
  DeniedActionEnum,
  DeviceClassesEnum,
  FlowDesignationEnum,
  InvalidResponseActionEnum,
  NotConfiguredActionEnum,
  PolicyEngineMode,
  UserVerificationEnum,
  type Flow,
  type FlowStageBinding,
} from './client/generated-client.js';
import { Failure } from '../../ports/failure.js';
import { orFailure } from './client/api-client.js';
import type { AuthentikApi } from './client/calls.js';
import { createAttempts, type Attempts } from './client/attempts.js';
import { provideBindings } from './bindings.js';
import { findFlow, type TargetKeys } from './lookup.js';
import { everyResult, PAGE_SIZE } from './client/pages.js';
import {
  differencesIn,
  driftedFields,
  foreignObject,
  missingObject,
  pickFields,
  objectPath,
} from './client/object-paths.js';
import { mfaExpression } from './mfa-expression.js';
import { failIfBound, provideExpression, type IdentityWork } from './rules.js';

const TOTP_SETUP = 'default-authenticator-totp-setup';

/** Fields of the stage's place in the flow. With any other, a policy or a wrong code could skip the stage. */
const PLACE = {
  order: 0,
  evaluateOnPlan: false,
  reEvaluatePolicies: true,
  policyEngineMode: PolicyEngineMode.Any,
  invalidResponseAction: InvalidResponseActionEnum.Retry,
};

/**
 * Creates or repairs an authorization flow with a stage that validates a second factor, and returns its primary key. The
 * flow asks for a code unless this sign-in has proven a second factor already, and enrols a user without a device.
 * Removes other stages from the flow, and other bindings of the flow and of the stage's place, since each can make it pass
 * without the stage. Each part is tried; failures are kept in `attempts`. Throws when the flow cannot be made. Idempotent.
 */
export async function provideMfaFlow(work: IdentityWork, attempts: Attempts): Promise<string> {
  const name = work.names.mfaFlow;
  const own = createAttempts();
  const stage = await own.run(() => provideStage(work, name, own));
  const flow = await own.run(() => provideFlow(work, name, own));
  if (stage === undefined || flow === undefined) own.end();
  else await provideStages(work, { name, flow, stage }, own);
  await attempts.run(async () => own.end());
  return (flow as FlowRef).pk;
}

/** Keys of a flow: its own, and as a target of bindings. Both are empty for one that a dry run would create. */
type FlowRef = Pick<Flow, 'pk' | 'policybindingmodelPtrId'>;

interface Contents {
  readonly name: string;
  readonly flow: FlowRef;
  /** Key of the stage. */
  readonly stage: string;
}

async function provideFlow({ api, writer, ignored }: IdentityWork, name: string, attempts: Attempts): Promise<FlowRef> {
  const path = objectPath('flows', name);
  const wanted = {
    title: 'Confirm that it is you',
    designation: FlowDesignationEnum.Authorization,
    authentication: AuthenticationEnum.RequireAuthenticated,
    deniedAction: DeniedActionEnum.MessageContinue,
    policyEngineMode: PolicyEngineMode.Any,
  };
  const found = (await findFlow(api, name)) ?? (await flowNamed(api, name));
  if (!found) {
    const flowRequest = { name, slug: name, ...wanted };
    const answer = { pk: '', policybindingmodelPtrId: '' };
    const write = { what: `create flow ${name}`, repairs: () => missingObject(path, wanted), answer };
    return writer.write<FlowRef>(write, () => api.flows.flowsInstancesCreate({ flowRequest }));
  }
  const whole = { slug: name, ...wanted };
  const fields = driftedFields({ path, ignored }, whole, found);
  if (fields.length === 0) return found;
  const repairs = () => differencesIn(path, fields, { wanted: whole, found });
  const change = { slug: found.slug, patchedFlowRequest: pickFields(fields, whole) };
  await attempts.run(() =>
    writer.write<FlowRef>({ what: `change flow ${name}`, repairs, answer: found }, () =>
      api.flows.flowsInstancesPartialUpdate(change),
    ),
  );
  return found;
}

/** Finds the flow by its name; its slug may have been changed by hand. */
async function flowNamed({ flows }: AuthentikApi, name: string): Promise<Flow | null> {
  const found = await orFailure('find a flow', flows.flowsInstancesList({ name }));
  return found.results.find((flow) => flow.name === name) ?? null;
}

async function provideStage({ api, writer, ignored }: IdentityWork, name: string, attempts: Attempts): Promise<string> {
  const { stages } = api;
  const setup = await everyResult('list stages', (page) => stages.stagesAuthenticatorTotpList({ page }));
  const totp = setup.find((stage) => stage.name === TOTP_SETUP) ?? setup[0];
  const path = objectPath('stages', name);
  const wanted = {
    notConfiguredAction: totp ? NotConfiguredActionEnum.Configure : NotConfiguredActionEnum.Deny,
    deviceClasses: [DeviceClassesEnum.Static, DeviceClassesEnum.Totp, DeviceClassesEnum.Webauthn],
    configurationStages: totp ? [totp.pk] : [],
    lastAuthThreshold: 'seconds=0',
    webauthnUserVerification: UserVerificationEnum.Preferred,
    webauthnAllowedDeviceTypes: [] as string[],
  };
  const found = await findStage(api, name);
  if (!found) {
    const authenticatorValidateStageRequest = { name, ...wanted };
    const write = { what: `create stage ${name}`, repairs: () => missingObject(path, wanted), answer: { pk: '' } };
    const made = await writer.write<{ readonly pk: string }>(write, () =>
      stages.stagesAuthenticatorValidateCreate({ authenticatorValidateStageRequest }),
    );
    return made.pk;
  }
  const fields = driftedFields({ path, ignored }, wanted, found);
  if (fields.length > 0) {
    const patch = { stageUuid: found.pk, patchedAuthenticatorValidateStageRequest: { name, ...wanted } };
    const repairs = () => differencesIn(path, fields, { wanted, found });
    await attempts.run(() =>
      writer.write<unknown>({ what: `change stage ${name}`, repairs, answer: undefined }, () =>
        stages.stagesAuthenticatorValidatePartialUpdate(patch),
      ),
    );
  }
  return found.pk;
}

async function findStage({ stages }: AuthentikApi, name: string) {
  const list = await orFailure('list stages', stages.stagesAuthenticatorValidateList({ name }));
  return list.results.find((stage) => stage.name === name) ?? null;
}

/** Makes Hecate's stage the only one of the flow, with only Hecate's policy at its place. */
async function provideStages(work: IdentityWork, { name, flow, stage }: Contents, attempts: Attempts): Promise<void> {
  const places = flow.pk === '' ? [] : await attempts.run(() => stagesOf(work.api, flow.pk));
  if (!places) return;
  const own = places.find((place) => place.stage === stage && place.order === PLACE.order);
  const kept = own ?? places.find((place) => place.stage === stage);
  const make = () => attempts.run(() => provideStagePlace(work, { name, flow, stage }, kept));
  // A flow without any stage passes, so the stage comes first where it is missing.
  const place = kept ?? (await make());
  for (const place of places) if (place !== kept) await attempts.run(() => removeStagePlace(work, name, place));
  if (kept) await make();
  const pathOf = (subject: string) => objectPath('flows', name, 'bindings', subject);
  const target = { keys: keysOf(flow), name: `flow ${name}`, pathOf };
  await attempts.run(() => provideBindings(work, target, null));
  if (place) await provideProof(work, { name, place }, attempts);
}

/** Binds the policy that leaves the stage out after a proof at this sign-in. Without it, the stage always runs. */
async function provideProof(
  work: IdentityWork,
  { name, place }: { readonly name: string; readonly place: FlowRef },
  attempts: Attempts,
): Promise<void> {
  const policy = await provideExpression(work, { name: work.names.mfaPolicy, expression: mfaExpression }, attempts);
  const pathOf = (subject: string) => objectPath('flows', name, 'stages', name, 'bindings', subject);
  const target = { keys: keysOf(place), name: `the stage of flow ${name}`, pathOf, isSafeUnbound: true };
  // A policy that fails must not switch the stage off.
  const rule = policy && { mode: 'any' as const, policies: [policy], groups: [], failureResult: true };
  await attempts.run(() => provideBindings(work, target, rule));
}

function keysOf({ pk, policybindingmodelPtrId }: FlowRef): TargetKeys | null {
  return pk === '' ? null : { filter: policybindingmodelPtrId, shown: pk };
}

function stagesOf({ flows }: AuthentikApi, target: string): Promise<FlowStageBinding[]> {
  const list = (page: number) => flows.flowsBindingsList({ target, page, pageSize: PAGE_SIZE });
  return everyResult('list the stages of a flow', list);
}

async function provideStagePlace(
  { api, writer }: IdentityWork,
  { name, flow, stage }: Contents,
  found: FlowStageBinding | undefined,
): Promise<FlowRef | undefined> {
  const path = objectPath('flows', name, 'stages', name);
  const flowStageBindingRequest = { target: flow.pk, stage, ...PLACE };
  if (!found) {
    const repairs = () => missingObject(path, PLACE);
    return writer.write<FlowRef | undefined>(
      { what: `bind the stage of flow ${name}`, repairs, answer: undefined },
      () => api.flows.flowsBindingsCreate({ flowStageBindingRequest }),
    );
  }
  const fields = driftedFields({ path, ignored: [] }, PLACE, found);
  if (fields.length === 0) return found;
  const repairs = () => differencesIn(path, fields, { wanted: PLACE, found });
  await writer.write<unknown>({ what: `repair the stage of flow ${name}`, repairs, answer: undefined }, () =>
    api.flows.flowsBindingsUpdate({ fsbUuid: found.pk, flowStageBindingRequest }),
  );
  return found;
}

async function removeStagePlace({ api, writer }: IdentityWork, flow: string, place: FlowStageBinding): Promise<void> {
  const name = (place.stageObj as { name?: string } | null)?.name ?? place.stage;
  const path = objectPath('flows', flow, 'stages', `${name} (order ${place.order})`);
  const { order, evaluateOnPlan, reEvaluatePolicies } = place;
  const repairs = () => foreignObject(path, { order, evaluateOnPlan, reEvaluatePolicies });
  await writer.remove({ what: `remove stage ${name} from flow ${flow}`, repairs }, () =>
    api.flows.flowsBindingsDestroy({ fsbUuid: place.pk }),
  );
}

/**
 * Deletes the flow for second factors, its stage and its policy. They stay while a provider uses the flow, which is a failure: authentik
 * deletes the providers of a flow with it. Idempotent.
 */
export async function withdrawMfaFlow({ api, names, lookup, writer }: IdentityWork): Promise<void> {
  const name = names.mfaFlow;
  const flow = await findFlow(api, name);
  if (flow) {
    const repairs = () => foreignObject(objectPath('flows', name), { title: flow.title });
    await writer.remove({ what: `delete flow ${name}`, repairs }, async () => {
      await failIfUsed(api, flow);
      await api.flows.flowsInstancesDestroy({ slug: name });
    });
  }
  const stage = await findStage(api, name);
  if (stage) {
    const repairs = () => foreignObject(objectPath('stages', name), { last_auth_threshold: stage.lastAuthThreshold });
    await writer.remove({ what: `delete stage ${name}`, repairs }, () =>
      api.stages.stagesAuthenticatorValidateDestroy({ stageUuid: stage.pk }),
    );
  }
  const policy = await lookup.expression(names.mfaPolicy);
  if (!policy) return;
  const repairs = () => foreignObject(objectPath('policies', policy.name), { expression: policy.expression });
  await writer.remove({ what: `delete policy ${policy.name}`, repairs }, async () => {
    await failIfBound(api, policy);
    await api.policies.policiesExpressionDestroy({ policyUuid: policy.pk });
  });
}

async function failIfUsed({ providers }: AuthentikApi, { pk, slug }: Flow): Promise<void> {
  const list = (page: number) =>
    providers.providersProxyList({ authorizationFlowSlugIexact: slug, page, pageSize: PAGE_SIZE });
  const users = (await everyResult('list the providers of a flow', list)).filter(
    ({ authorizationFlow }) => authorizationFlow === pk,
  );
  if (users.length === 0) return;
  const names = users.map(({ name }) => name).join(', ');
  const message = `flow ${slug} is not deleted: authentik would delete the providers that use it: ${names}; give them another authorization flow`;
  throw new Failure('invalid', message, { system: 'authentik' });
}
