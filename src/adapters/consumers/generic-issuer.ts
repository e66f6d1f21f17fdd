// Consumers of secrets outside Hecate, told by a webhook or a command. May import the domain and the ports.
import { randomBytes, randomUUID } from 'node:crypto';
import { acceptedEditions } from '../../domain/secrets/rotation.js';
import { generic, genericSettings, type GenericSettings } from '../../domain/secrets/generic.js';
import { mintedText } from '../../domain/secrets/minting.js';
import { secretCommand, vaultPathOf, type Secret } from '../../domain/resources/secret.js';
import type { Credential, Issuer, IssuedSecret } from '../../ports/credentials.js';
import { Failure } from '../../ports/failure.js';
import type { Secrets } from '../../ports/secrets.js';
import { commandPath, runCommand } from './command.js';
import type { Network } from '../outgoing/checked-addresses.js';
import { signingKey } from '../outgoing/signature.js';
import { postWebhook } from './webhook.js';

/** Dependencies of the issuer of the kind `generic`. */
export interface ConsumerAccess extends Network {
  readonly secrets: Pick<Secrets, 'read'>;
  /** Returns a secret of the log; null: there is none. */
  readonly secretNamed: (name: string) => Promise<Secret | null>;
  /** Name of the mount in Vault with the values, for consumers. */
  readonly mount: string;
  /** Folder of the commands that the worker may run; null: none. */
  readonly commandsFolder: string | null;
  /** Search path of commands. */
  readonly searchPath: string;
  /** Current time, ISO 8601 UTC. */
  readonly now: () => string;
}

/** Types of the events, as consumers get them. */
type EventType = 'secret.ping' | 'secret.rotated' | 'secret.revoked' | 'secret.rotation-cancelled';

/** An event about a secret. It never holds a value. */
interface SecretEvent {
  readonly type: EventType;
  /** The same for every repetition, so that a consumer knows it again. */
  readonly id: string;
  readonly secret: IssuedSecret;
  /** Id of the value that it is about; null: none. */
  readonly edition: string | null;
  /** The value for a command that wants it; null: there is none to give. */
  readonly value: string | null;
}

/** A consumer of one secret. */
interface Recipient {
  /** Name for people, such as `webhook https://billing.example.com`. */
  readonly name: string;
  /** It may have an event and use the value later. */
  readonly mayBePending: boolean;
  /** Throws when it cannot be told, without telling it. */
  readonly check: () => Promise<void>;
  /** Tells it. `pending`: it has the event and does not use the value yet. `indifferent`: it does not take events of this type. */
  readonly tell: (event: SecretEvent) => Promise<'taken' | 'pending' | 'indifferent'>;
}

/** Creates the issuer of the kind `generic`: it makes random values, and tells their consumers. */
export function createGenericIssuer(access: ConsumerAccess): Issuer {
  /** Events about revoked values that their consumers took. A new worker repeats them, with the same id. */
  const taken = new Set<string>();
  return {
    async preflight(secret) {
      const recipients = recipientsOf(secret, access);
      await all(recipients, ({ check }) => check());
    },

    async issue(secret, { former }) {
      const settings = settingsOf(secret);
      // A key that signs webhooks stays one, also when a person brought it.
      const isKey = former !== null && signingKey(textOf(former) ?? '') !== null;
      const minting = isKey ? { ...settings, valueFormat: 'whsec' as const } : settings;
      return { value: await generic.store(mintedText(minting, randomBytes)), plain: null };
    },

    async distribute(secret, next) {
      const event = rotated(secret, next);
      await all(recipientsOf(secret, access), async ({ tell }) => void (await tell(event)));
    },

    async prove(secret, next) {
      const recipients = recipientsOf(secret, access);
      if (settingsOf(secret).acknowledgement === 'use') {
        const event = rotated(secret, next);
        const asked = recipients.filter(({ mayBePending }) => mayBePending);
        await all(asked, async ({ name, tell }) => {
          if ((await tell(event)) !== 'pending') return;
          throw new Failure(
            'unavailable',
            `the ${name} has the event and does not use the new value of secret ${secret.name} yet (202)`,
            {
              hint: 'It answers 200 or 204 when it does.',
            },
          );
        });
      }
      return recipients.map(({ name }) => ({ name, since: access.now() }));
    },

    async takeBack(secret, former) {
      const event: SecretEvent = {
        type: 'secret.rotation-cancelled',
        // A later rotation may be cancelled in favour of the same value.
        id: `cancelled_${randomUUID()}`,
        secret,
        edition: former.edition,
        value: textOf(former),
      };
      await leniently(recipientsOf(secret, access), event);
    },

    async revoke(secret, edition) {
      const event = revoked(secret, edition);
      // A consumer that does not answer is asked again before the end of the rotation; see isAccepted.
      if ((await leniently(recipientsOf(secret, access), event)) && taken.size < MOST_REMEMBERED) taken.add(event.id);
    },

    async isAccepted(secret, { edition }) {
      const event = revoked(secret, edition);
      // No system knows the value but its consumer, who has to take the event.
      if (!taken.has(event.id)) await all(recipientsOf(secret, access), async ({ tell }) => void (await tell(event)));
      taken.delete(event.id);
      return false;
    },
  };
}

const MOST_REMEMBERED = 10_000;

function rotated(secret: IssuedSecret, next: Credential): SecretEvent {
  const { edition } = next;
  return { type: 'secret.rotated', id: `rotated_${edition}`, secret, edition, value: textOf(next) };
}

function revoked(secret: IssuedSecret, edition: string): SecretEvent {
  return { type: 'secret.revoked', id: `revoked_${edition}`, secret, edition, value: null };
}

function textOf({ value }: Credential): string | null {
  return value['value'] ?? null;
}

/** Tells all recipients at once. Throws the failure that a person must act on, if there is one, else the first. */
async function all(recipients: readonly Recipient[], act: (recipient: Recipient) => Promise<void>): Promise<void> {
  const ends = await Promise.allSettled(recipients.map(act));
  const errors = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason as unknown] : []));
  const grave = errors.find((error) => !(error instanceof Failure && error.kind === 'unavailable'));
  if (errors.length > 0) throw grave ?? errors[0];
}

/** Tells all recipients once. Returns true when each one has it. Never throws a `Failure`. */
async function leniently(recipients: readonly Recipient[], event: SecretEvent): Promise<boolean> {
  try {
    await all(recipients, async ({ tell }) => void (await tell(event)));
    return true;
  } catch (error) {
    if (error instanceof Failure) return false;
    throw error;
  }
}

function settingsOf(secret: IssuedSecret): GenericSettings {
  const parsed = genericSettings.safeParse(secret.settings);
  if (parsed.success) return parsed.data;
  throw new Failure('invalid', `the settings of secret ${secret.name} cannot be read by this version of Hecate`, {
    hint: 'Update the worker.',
  });
}

function recipientsOf(secret: IssuedSecret, access: ConsumerAccess): Recipient[] {
  const { webhook, command } = settingsOf(secret);
  return [
    ...(webhook === null ? [] : [webhookOf(secret, webhook, access)]),
    ...(command === null ? [] : [commandOf(secret, command, access)]),
  ];
}

function webhookOf(secret: IssuedSecret, url: string, access: ConsumerAccess): Recipient {
  const { origin } = new URL(url);
  const post = async (event: SecretEvent) => {
    const keys = await keysFor(secret, access);
    const timestamp = Math.floor(Date.parse(access.now()) / 1_000);
    return postWebhook(
      { secret: secret.name, url, keys, message: { id: event.id, timestamp, body: bodyOf(event, access) } },
      access,
    );
  };
  return {
    name: `webhook ${origin}`,
    mayBePending: true,
    async check() {
      const id = `ping_${randomUUID()}`;
      const status = await post({ type: 'secret.ping', id, secret, edition: null, value: null });
      if (isRefusal(status)) throw refused(secret, origin, status);
    },
    async tell(event) {
      const status = await post(event);
      if (status === 202) return 'pending';
      if (status < 300) return 'taken';
      // Consumers that do not know a type of event answer so. All of them must know the first one.
      if (event.type !== 'secret.rotated' && !isRefusal(status)) return 'indifferent';
      throw refused(secret, origin, status);
    },
  };
}

/** True for answers that mean a wrong address or signature, whatever the event is. */
function isRefusal(status: number): boolean {
  return (status >= 300 && status < 400) || [401, 403, 404, 410].includes(status);
}

function refused({ name }: IssuedSecret, origin: string, status: number): Failure {
  const isRedirect = status >= 300 && status < 400;
  const what = isRedirect ? `redirects (${status}), which is not followed` : `refuses the event (${status})`;
  const hint = [401, 403].includes(status)
    ? `Check that the consumer verifies with the key of the secret that signs: hecate read secret --name ${name}`
    : `Mend the consumer, or give its address with: hecate update secret --name ${name} --webhook URL`;
  return new Failure(
    [404, 410].includes(status) ? 'missing' : 'denied',
    `the webhook ${origin} of secret ${name} ${what}`,
    {
      system: origin,
      hint,
    },
  );
}

/** Returns the keys that sign: while the secret that holds them is rotated, the old and the new one. */
async function keysFor(secret: IssuedSecret, access: ConsumerAccess): Promise<Buffer[]> {
  const { webhookSecret } = settingsOf(secret);
  if (webhookSecret === null) {
    throw new Failure('invalid', `the webhook of secret ${secret.name} has no secret that signs its events`, {
      hint: `Name one with: hecate update secret --name ${secret.name} --webhook-secret NAME`,
    });
  }
  const signer = await access.secretNamed(webhookSecret);
  if (signer === null) {
    throw new Failure(
      'missing',
      `there is no secret ${webhookSecret}, which signs the events of secret ${secret.name}`,
      {
        hint: `Create it with: hecate create secret --name ${webhookSecret} --kind generic --value-format whsec`,
      },
    );
  }
  const found = await Promise.all(acceptedEditions(signer).map(({ edition }) => keyAt({ ...signer, edition }, access)));
  const keys = found.flatMap((key) => key ?? []);
  if (found[0] !== null && found[0] !== undefined && keys.length > 0) return keys;
  throw new Failure(
    'invalid',
    `the value of secret ${webhookSecret} is not a key of webhooks (whsec_ and 24 to 64 bytes in base64)`,
    {
      hint: `Create another secret with ${secretCommand('NAME', 'generic').replace('--from-file FILE', '--value-format whsec')}; then: hecate update secret --name ${secret.name} --webhook-secret NAME`,
    },
  );
}

async function keyAt(signer: Secret, { secrets }: ConsumerAccess): Promise<Buffer | null> {
  return signingKey((await secrets.read(vaultPathOf(signer)))?.['value'] ?? '');
}

function bodyOf(event: SecretEvent, { mount, now }: ConsumerAccess): string {
  const { type, secret, edition } = event;
  const version = versionOf(event);
  const value = {
    ...(version === null ? {} : { version }),
    ...(edition === null ? {} : { edition, vaultMount: mount, vaultPath: pathOf(secret, edition) }),
  };
  return JSON.stringify({ type, timestamp: now(), data: { name: secret.name, ...value } });
}

/** Returns the number of the value that an event is about; null: it is about none. */
function versionOf({ secret: { rotation }, edition }: SecretEvent): number | null {
  const { former, next, older } = rotation ?? {};
  return [next, former, older].find((one) => one?.edition === edition)?.version ?? null;
}

function pathOf({ name }: IssuedSecret, edition: string): string {
  return vaultPathOf({ kind: 'generic', name, edition });
}

function commandOf(secret: IssuedSecret, file: string, access: ConsumerAccess): Recipient {
  const path = () => commandPath(access.commandsFolder, file, secret.name);
  return {
    name: `command ${file}`,
    mayBePending: false,
    check: async () => void (await path()),
    async tell(event) {
      const { type, id, edition, value } = event;
      const env = {
        PATH: access.searchPath,
        HECATE_EVENT: type,
        HECATE_EVENT_ID: id,
        HECATE_SECRET_NAME: secret.name,
        HECATE_SECRET_VERSION: String(versionOf(event) ?? ''),
        HECATE_SECRET_EDITION: edition ?? '',
        HECATE_SECRET_VAULT_MOUNT: access.mount,
        HECATE_SECRET_VAULT_PATH: edition === null ? '' : pathOf(secret, edition),
      };
      const input = settingsOf(secret).commandInput === 'value' ? value : null;
      await runCommand({ path: await path(), env, input });
      return 'taken';
    },
  };
}
