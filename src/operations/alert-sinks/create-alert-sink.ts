import { z } from 'zod';
import { find } from '../../domain/log/state.js';
import { alertSinkName, alertSinkSchema, sinkFields, sinkTypes } from '../../domain/resources/alert-sink.js';
import { defineOperation } from '../operation.js';
import { existsAlready, refuse } from '../refusals.js';
import { sinkDecision } from './decision.js';

const { url, secret, user, from, to, chat } = alertSinkSchema.shape;
const secrets = sinkTypes.map((type) => `${type}: ${sinkFields[type].secretIs}`).join('; ');

/** Creates a sink, which receives alerts. */
export const createAlertSink = defineOperation({
  key: 'alert-sink.create',
  path: ['create', 'alert-sink'],
  summary: 'Create a sink, which receives alerts',
  examples: [
    'create alert-sink --name hooks --type webhook --url https://hooks.example.com/hecate --secret hooks-key',
    'create alert-sink --name mail --type email --url smtp://mail.example.com:587 --from hecate@example.com --to ops@example.com,anna@example.com --user hecate --secret mail-password',
    'create alert-sink --name phone --type ntfy --url https://ntfy.sh/my-alerts --secret ntfy-token',
    'create alert-sink --name am --type alertmanager --url http://10.0.0.5:9093 --allow-plaintext --allow-private-addresses',
  ],
  input: z.strictObject({
    name: alertSinkName.describe('Name of the sink').meta({ placeholder: 'name' }),
    type: z.enum(sinkTypes).describe('Service or format that receives the alerts').meta({ placeholder: 'type' }),
    url: url
      .unwrap()
      .optional()
      .describe('Address: https://…; of a mail server smtp://host:587 (STARTTLS) or smtps://host; never with a secret')
      .meta({ placeholder: 'url' }),
    secret: secret
      .unwrap()
      .optional()
      .describe(`Secret of the kind generic: ${secrets}`)
      .meta({ placeholder: 'name', names: 'Secret' }),
    user: user
      .unwrap()
      .optional()
      .describe('User that the password in --secret belongs to')
      .meta({ placeholder: 'user' }),
    from: from.unwrap().optional().describe('Sender of mails').meta({ placeholder: 'address' }),
    to: to.default([]).describe('Recipients of mails, separated by commas').meta({ placeholder: 'a,b', list: true }),
    chat: chat.unwrap().optional().describe('Chat of Telegram: its number, or @channel').meta({ placeholder: 'id' }),
    sendResolved: z
      .enum(['on', 'off'])
      .default('on')
      .describe('Tell it also when all alerts of a group have ended (default: on)')
      .meta({ placeholder: 'on|off', bare: 'on' }),
    allowPrivateAddresses: z
      .boolean()
      .default(false)
      .describe('Connect also to private addresses and those of the worker’s machine'),
    allowPlaintext: z.boolean().default(false).describe('Connect also without TLS'),
  }),
  subject: (input) => input.name,
  decide(state, { sendResolved, ...input }) {
    const held = find(state, 'AlertSink', input.name);
    if (held) return refuse(existsAlready(held));
    return sinkDecision(state, null, {
      ...input,
      ...{ url: input.url ?? null, secret: input.secret ?? null, user: input.user ?? null },
      ...{ from: input.from ?? null, chat: input.chat ?? null },
      ...{ sendResolved: sendResolved === 'on', source: null },
    });
  },
});
