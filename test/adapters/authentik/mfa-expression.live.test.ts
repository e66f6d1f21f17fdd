import { expect, it } from 'vitest';
import { mfaExpression } from '../../../src/adapters/authentik/mfa-expression.js';
import { createExpressions } from '../../../src/authentik-stand-in/policy/expressions.js';

/** The expression with the stand-in's Python; true: the stage runs and asks. */
const now = Date.UTC(2026, 0, 1);
const user = { pk: 7, username: 'alice', groups: [], all_groups: [], devices: [3, 4] };
const device = { pk: 3, app: 'authentik_stages_authenticator_totp', model_name: 'totpdevice', name: 'phone' };
const login = {
  user: { pk: 7, username: 'alice', email: '' },
  created: now - 10_000,
  context: { auth_method: 'password', auth_method_args: { mfa_devices: [device] } },
};
const proof = (mfa_devices: unknown) => ({ ...login, context: { auth_method_args: { mfa_devices } } });
const asks = async (given: unknown, who: object = user, expression = mfaExpression) => {
  const { evaluate } = createExpressions({ log: () => undefined });
  const request = given === undefined ? null : { login: given as typeof login | null, now };
  return evaluate(expression, who as Record<string, unknown>, { context: { mfa_devices: [device] }, request });
};

it.each([
  ['a device of this sign-in', login, user],
  ['the device after nearly five minutes', { ...login, created: now - 299_000 }, user],
  ['one accepted device beside another', proof([{ pk: 9, model_name: 'smsdevice' }, device]), user],
])('leaves the stage out for %s', async (_title, given, who) => {
  expect(await asks(given, who)).toEqual({ passing: false, messages: [] });
});

it.each([
  ['no browser', undefined, user],
  ['a session without the event of a sign-in', null, user],
  ['a sign-in without a second factor', { ...login, context: { auth_method: 'password', auth_method_args: {} } }, user],
  ['a sign-in by another way', { ...login, context: {} }, user],
  ['no device', proof([]), user],
  ['a device without a kind', proof([{ pk: 3 }]), user],
  ['something else than devices', proof('totpdevice'), user],
  ['devices that are no list', proof(null), user],
  ['a kind of device that the stage does not accept', proof([{ ...device, model_name: 'smsdevice' }]), user],
  ["another user's device", proof([{ ...device, pk: 5 }]), user],
  ['a device that the user has no more', login, { ...user, devices: [4] }],
  ["another user's sign-in", { ...login, user: { pk: 8 } }, user],
  ['a sign-in without a user', { ...login, user: {} }, user],
  ['nobody', login, { ...user, pk: null }],
  ['a sign-in more than five minutes ago', { ...login, created: now - 301_000 }, user],
  ['a sign-in in the future', { ...login, created: now + 5_000 }, user],
])('asks for %s', async (_title, given, who) => {
  expect(await asks(given, who)).toEqual({ passing: true, messages: [] });
});

it.each(['get_login_event', 'devices_for_user'])('asks where authentik has no %s', async (name) => {
  const expression = mfaExpression.replace(`import ${name}`, `import ${name}_that_moved as ${name}`);
  expect(expression).not.toBe(mfaExpression);
  expect(await asks(login, user, expression)).toEqual({ passing: true, messages: [] });
});
