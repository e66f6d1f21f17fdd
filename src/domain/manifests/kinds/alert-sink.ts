import { z } from 'zod';
import { alertSinkName, alertSinkSchema, sinkProblem } from '../../resources/alert-sink.js';
import { defineForm, withoutDefaults } from '../form.js';

const { type, url, secret, user, from, to, chat } = alertSinkSchema.shape;

const sinkSpec = z.strictObject({
  type: type.describe('Service or format that receives the alerts.'),
  url: url
    .default(null)
    .describe('Address: https://…, or smtp://host:587 (STARTTLS) and smtps://host of a mail server.'),
  secret: secret
    .default(null)
    .describe('Secret of the kind generic with the key that signs, the token, the password, or the whole URL of a webhook of Discord or Slack.'), // prettier-ignore
  user: user.default(null).describe('User that the password in `secret` belongs to.'),
  from: from.default(null).describe('Sender of mails.'),
  to: to.default([]).describe('Recipients of mails.'),
  chat: chat.default(null).describe('Chat of Telegram: its number, or `@channel`.'),
  sendResolved: z.boolean().default(true).describe('Tell it also when all alerts of a group have ended.'),
  allowPrivateAddresses: z
    .boolean()
    .default(false)
    .describe('Connect also to private addresses and those of this machine.'),
  allowPlaintext: z.boolean().default(false).describe('Connect also without TLS.'),
});

const usual = sinkSpec.parse({ type: 'webhook' });

/** Manifests of alert sinks. `metadata.name` is the sink's name. */
export const alertSinkForm = defineForm({
  kind: 'AlertSink',
  name: alertSinkName,
  spec: sinkSpec,
  nameOf: ({ name }) => name,
  specOf: ({ name: _name, source: _source, type: kind, ...fields }) => ({
    type: kind,
    ...withoutDefaults<Partial<z.input<typeof sinkSpec>>>(usual, fields),
  }),
  valueOf: (name, spec) => ({ name, ...spec, source: null }),
  contradiction(_name, spec) {
    const problem = sinkProblem(spec);
    return problem && { path: ['spec', problem.field], message: problem.message, isMissing: problem.isMissing };
  },
});
