import { z } from 'zod';
import { isLinkLocal } from '../values/network/webhook-url.js';
import { resourceName, secretName } from '../values/name.js';
import { defineKind } from './definition.js';
import { sourceName } from './source.js';

/** Types of sinks. */
export const sinkTypes = ['webhook', 'alertmanager', 'email', 'ntfy', 'discord', 'slack', 'telegram'] as const;

/** Type of a sink: the service or format that receives the alerts. */
export type SinkType = (typeof sinkTypes)[number];

/** Name of an alert sink. Ids in Temporal contain it. */
export const alertSinkName = resourceName('the name of an alert sink');

const LONGEST_URL = 2_048;
const MOST_RECIPIENTS = 50;

const line = (most: number) =>
  z
    .string()
    .min(1, 'it is empty')
    .max(most, `it is longer than ${most} characters`)
    .regex(/^[^\p{Cc}]*$/u, 'it contains control characters');

/** Address of a sink. The history keeps it, so it may not hold a secret. */
const sinkUrl = z.string().superRefine((text, context) => {
  const problem = urlProblem(text);
  if (problem !== null) context.addIssue({ code: 'custom', message: problem });
});

/** Address of a mailbox, without a display name. */
const mailAddress = z
  .string()
  .max(254, 'it is longer than 254 characters')
  .regex(/^[^\s@<>,;:"\\()[\]\p{Cc}]+@[^\s@<>,;:"\\()[\]\p{Cc}]+$/u, 'give an address such as ops@example.com');

/** A receiver of alerts. */
export const alertSinkSchema = z.strictObject({
  name: alertSinkName,
  type: z.enum(sinkTypes),
  /** Null: the secret holds it, or the type has a usual one. */
  url: sinkUrl.nullable(),
  /** Secret of the kind generic with the key, token, password or whole URL; see {@link sinkFields}. Null: none. */
  secret: secretName.nullable(),
  /** User that belongs to the password in `secret`; null: the secret is a token. */
  user: line(200).nullable(),
  /** Sender of mails. */
  from: mailAddress.nullable(),
  /** Recipients of mails. */
  to: z.array(mailAddress).max(MOST_RECIPIENTS, `there are more than ${MOST_RECIPIENTS} recipients`).readonly(),
  /** Chat of Telegram: a number, or `@channel`. */
  chat: z
    .string()
    .regex(/^(?:-?\d{1,20}|@\w{1,64})$/, 'give a number such as -1001234567890, or a name such as @channel')
    .nullable(),
  /** Tell it also when all alerts of a group have ended. */
  sendResolved: z.boolean(),
  /** Connect also to private addresses and those of this machine. */
  allowPrivateAddresses: z.boolean(),
  /** Connect also without TLS. */
  allowPlaintext: z.boolean(),
  /** Source of the manifest that it came from; null: a command created it. */
  source: sourceName.nullable(),
});

/** An alert sink as the log holds it. */
export type AlertSink = z.infer<typeof alertSinkSchema>;

/** A field whose use depends on the type of the sink. */
type SinkField = 'url' | 'secret' | 'user' | 'from' | 'to' | 'chat';

/** Fields of one type of sink. */
interface SinkFields {
  readonly needs: readonly SinkField[];
  readonly takes: readonly SinkField[];
  /** Content of the secret. */
  readonly secretIs: string;
  /** Protocols of the address. */
  readonly protocols: readonly string[];
}

const HTTP = ['https:', 'http:'];

/** The fields that each type needs and takes. A type without a line does not compile. */
export const sinkFields: { readonly [T in SinkType]: SinkFields } = {
  webhook: {
    ...{ needs: ['url', 'secret'], takes: [], protocols: HTTP },
    secretIs: 'the key that signs (whsec_…)',
  },
  alertmanager: {
    ...{ needs: ['url'], takes: ['secret', 'user'], protocols: HTTP },
    secretIs: 'a token, or with --user a password',
  },
  email: {
    ...{ needs: ['url', 'from', 'to'], takes: ['secret', 'user'], protocols: ['smtps:', 'smtp:'] },
    secretIs: 'the password of --user',
  },
  ntfy: {
    ...{ needs: ['url'], takes: ['secret', 'user'], protocols: HTTP },
    secretIs: 'a token, or with --user a password',
  },
  discord: { needs: ['secret'], takes: [], protocols: HTTP, secretIs: 'the URL of the webhook' },
  slack: { needs: ['secret'], takes: [], protocols: HTTP, secretIs: 'the URL of the webhook' },
  telegram: { needs: ['secret', 'chat'], takes: ['url'], protocols: HTTP, secretIs: 'the token of the bot' },
};

/** A problem of a sink, at one of its fields. */
interface SinkProblem {
  readonly field: SinkField | 'allowPlaintext';
  readonly message: string;
  /** True: the field is missing. */
  readonly isMissing: boolean;
}

/** Returns what is wrong with fields that are each valid; null: nothing. */
export function sinkProblem(sink: Omit<AlertSink, 'name' | 'source'>): SinkProblem | null {
  const { type, url, secret, user } = sink;
  const { needs, takes, protocols } = sinkFields[type];
  const missing = needs.find((field) => !isGiven(sink[field]));
  if (missing !== undefined) return problemAt(missing, `a sink of the type ${type} needs ${missing}`, true);
  const fields: readonly SinkField[] = ['url', 'secret', 'user', 'from', 'to', 'chat'];
  const foreign = fields.find((field) => isGiven(sink[field]) && !needs.includes(field) && !takes.includes(field));
  if (foreign !== undefined) return problemAt(foreign, `a sink of the type ${type} has no ${foreign}`);
  if (user !== null && secret === null)
    return problemAt('secret', 'a user needs the secret that holds the password', true);
  if (type === 'email' && secret !== null && user === null)
    return problemAt('user', 'a password needs the user that it belongs to', true);
  if (url === null) return null;
  const { protocol, pathname } = new URL(url);
  if (!protocols.includes(protocol)) return problemAt('url', `the URL must begin with ${protocols.join('// or ')}//`);
  if (protocol === 'http:' && !sink.allowPlaintext)
    return problemAt('url', 'plain HTTP would show alerts to the network; give an https URL, or allow plaintext');
  if (type === 'ntfy' && !/^\/(?:.*\/)?[\w-]{1,64}$/.test(pathname))
    return problemAt('url', 'the URL must end with the topic, such as https://ntfy.sh/my-alerts');
  if (type === 'email' && !/^\/?$/.test(pathname))
    return problemAt('url', 'the address of a mail server has no path, such as smtp://mail.example.com:587');
  return null;
}

function problemAt(field: SinkProblem['field'], message: string, isMissing = false): SinkProblem {
  return { field, message, isMissing };
}

function isGiven(value: string | readonly string[] | null): boolean {
  return value !== null && value.length > 0;
}

function urlProblem(text: string): string | null {
  if (text.length > LONGEST_URL) return `it is longer than ${LONGEST_URL} characters`;
  if (!/^(?:https?|smtps?):\/\/[^/]/i.test(text) || /[\s\p{Cc}]/u.test(text) || !URL.canParse(text))
    return 'give a URL such as https://hooks.example.com/hecate or smtp://mail.example.com:587';
  const { username, password, search, hash, hostname } = new URL(text);
  if (hostname === '') return 'the URL has no host';
  if (username !== '' || password !== '')
    return 'a user or password in a URL would be stored in the history; give --user and --secret instead';
  if (search !== '' || hash !== '' || /[?#]/.test(text))
    return 'a query, such as a token, would be stored in the history; leave out what follows the ? or #';
  if (isLinkLocal(hostname.replace(/^\[|\]$/g, '')))
    return `${hostname} is a link-local address, where clouds serve the credentials of a machine; give another one`;
  return null;
}

/** The kind `AlertSink`. */
export const alertSinkDefinition = defineKind({
  role: 'base',
  changedBy: 'operator',
  noun: 'alert sink',
  plural: 'alert-sinks',
  schema: alertSinkSchema,
  identity: 'name',
  driftsIn: null,
  refersTo: ['Secret'],
  references: ({ secret }) =>
    secret === null ? [] : [{ kind: 'Secret', name: secret, secretKind: 'generic', field: ['secret'] }],
});
