import { z } from 'zod';
import { find } from '../../domain/log/state.js';
import { alertSinkName, alertSinkSchema } from '../../domain/resources/alert-sink.js';
import { defineOperation } from '../operation.js';
import { missing, refuse } from '../refusals.js';
import { sinkDecision } from './decision.js';

const { url, secret, user, from, to, chat } = alertSinkSchema.shape;

const orNone = <T extends z.ZodType>(type: T) => z.union([z.literal('none'), type]).optional();
const toggle = z.enum(['on', 'off']).optional();
const onOff = { placeholder: 'on|off', bare: 'on' } as const;

/** Changes the given settings of an alert sink. */
export const updateAlertSink = defineOperation({
  key: 'alert-sink.update',
  path: ['update', 'alert-sink'],
  summary: 'Change a sink, which receives alerts',
  examples: [
    'update alert-sink --name hooks --url https://hooks.example.com/other',
    'update alert-sink --name mail --to ops@example.com',
    'update alert-sink --name am --allow-private-addresses',
  ],
  input: z.strictObject({
    name: alertSinkName.describe('Name of the sink').meta({ placeholder: 'name', names: 'AlertSink' }),
    url: orNone(url.unwrap()).describe('Address; none: no address').meta({ placeholder: 'url' }),
    secret: orNone(secret.unwrap())
      .describe('Secret of the kind generic; none: no secret')
      .meta({ placeholder: 'name', names: 'Secret' }),
    user: orNone(user.unwrap()).describe('User of the password; none: no user').meta({ placeholder: 'user' }),
    from: orNone(from.unwrap()).describe('Sender of mails').meta({ placeholder: 'address' }),
    to: to
      .optional()
      .describe('Recipients of mails, separated by commas, replacing all present ones')
      .meta({ placeholder: 'a,b', list: true }),
    chat: orNone(chat.unwrap()).describe('Chat of Telegram: its number, or @channel').meta({ placeholder: 'id' }),
    sendResolved: toggle.describe('Tell it also when all alerts of a group have ended').meta(onOff),
    allowPrivateAddresses: toggle
      .describe('Connect also to private addresses and those of the worker’s machine')
      .meta(onOff),
    allowPlaintext: toggle.describe('Connect also without TLS').meta(onOff),
  }),
  subject: (input) => input.name,
  decide(state, input) {
    const before = find(state, 'AlertSink', input.name)?.value;
    if (!before) return refuse(missing(state, 'AlertSink', input.name));
    return sinkDecision(state, before, {
      ...before,
      url: changed(input.url, before.url),
      secret: changed(input.secret, before.secret),
      user: changed(input.user, before.user),
      from: changed(input.from, before.from),
      to: input.to ?? before.to,
      chat: changed(input.chat, before.chat),
      sendResolved: toggled(input.sendResolved, before.sendResolved),
      allowPrivateAddresses: toggled(input.allowPrivateAddresses, before.allowPrivateAddresses),
      allowPlaintext: toggled(input.allowPlaintext, before.allowPlaintext),
    });
  },
});

function changed(given: string | undefined, before: string | null): string | null {
  if (given === undefined) return before;
  return given === 'none' ? null : given;
}

function toggled(given: 'on' | 'off' | undefined, before: boolean): boolean {
  return given === undefined ? before : given === 'on';
}
