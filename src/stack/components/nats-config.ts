import { logNames, type LogNames } from '../../adapters/log/log-names.js';

/** Users of NATS: `admin` creates the log, `worker` writes it, `cli` reads it, `notary` reads it too, and `sys` monitors the server. */
export const natsUsers = ['admin', 'worker', 'cli', 'notary', 'sys'] as const;
/** Name of a user of NATS. */
export type NatsUser = (typeof natsUsers)[number];

/** Subjects denied to the worker: it must not create, change, purge or delete the log, or delete blobs. */
function workerDenied({ stream, blobs }: LogNames): readonly string[] {
  return [
    ...['CREATE', 'UPDATE', 'DELETE', 'PURGE', 'MSG.DELETE', 'RESTORE', 'SNAPSHOT'].map((verb) => [verb, stream]),
    ...['DELETE', 'PURGE', 'MSG.DELETE', 'UPDATE'].map((verb) => [verb, `OBJ_${blobs}`]),
  ].map(([verb, of]) => `$JS.API.STREAM.${verb}.${of}`);
}

/** Subjects that commands may publish to: reads of the log, of what is beside it and of its buckets, and objects in the staging bucket. */
function cliAllowed({ stream, snapshots, blobStaging, blobs, seen, figures, alerts }: LogNames): readonly string[] {
  const buckets = [snapshots, blobStaging, blobs].map((bucket) => `OBJ_${bucket}`);
  return [
    '$JS.API.INFO',
    '$JS.API.STREAM.NAMES',
    ...[stream, seen, alerts, ...Object.values(figures), ...buckets].flatMap((one) => [
      `$JS.API.STREAM.INFO.${one}`,
      `$JS.API.STREAM.MSG.GET.${one}`,
      `$JS.API.DIRECT.GET.${one}`,
      `$JS.API.DIRECT.GET.${one}.>`,
    ]),
    `$O.${blobStaging}.>`,
  ];
}

/** Subjects that the notary may publish to: reads of the log. It has no right to write anything. */
function notaryAllowed({ stream }: LogNames): readonly string[] {
  return [
    '$JS.API.INFO',
    `$JS.API.STREAM.INFO.${stream}`,
    `$JS.API.DIRECT.GET.${stream}`,
    `$JS.API.DIRECT.GET.${stream}.>`,
  ];
}

/** The public keys that NATS accepts of each user; two while a key is rotated. */
export type NatsKeys = Readonly<Record<NatsUser, readonly string[]>>;

/** Address, data folder and users' public keys of NATS. */
export interface NatsSettings {
  /** `host:port`. */
  readonly listen: string;
  /** `host:port` of the monitoring endpoint; none by default. */
  readonly monitor?: string;
  readonly folder: string;
  readonly publicKeys: NatsKeys;
  /** Environment whose names the log has; absent: `main`. */
  readonly environment?: string | undefined;
  /** Of a server that only fills its folder before others use it: it syncs its files later, and writes its address into `portsFolder`. */
  readonly throwaway?: { readonly portsFolder: string };
}

/**
 * Writes NATS' configuration: each message is synced to disk before its acknowledgement, and each user has a key. Commands
 * have an account of their own, and may not create consumers: in the log's account, they could choose a subject of the log
 * as the reply subject of a request, and so write into the log.
 */
export function natsConfig(settings: NatsSettings): string {
  const { listen, monitor, folder, publicKeys, environment, throwaway } = settings;
  const names = logNames(environment);
  const [denied, allowed] = [workerDenied(names), cliAllowed(names)];
  const readable = notaryAllowed(names);
  const users = (user: NatsUser, rights = '') =>
    publicKeys[user].map((key) => `{ nkey: ${key}${rights} }`).join('\n      ');
  return `server_name: hecate
listen: ${quoted(listen)}
${monitor === undefined ? '' : `http: ${quoted(monitor)}\n`}${throwaway === undefined ? '' : `ports_file_dir: ${quoted(throwaway.portsFolder)}\n`}max_payload: 8MB
jetstream {
  store_dir: ${quoted(folder)}
${throwaway === undefined ? '  sync_interval: always\n' : ''}}
system_account: SYS
accounts {
  SYS { users: [${users('sys')}] }
  HECATE {
    jetstream: enabled
    users: [
      ${users('admin')}
      ${users('worker', `, permissions: { publish: { deny: [${subjects(denied)}] } }`)}
    ]
    exports: [${allowed.map((subject) => `{ service: ${quoted(subject)}, response_type: Stream }`).join(', ')}]
  }
  CLI {
    users: [
      ${users('cli', `, permissions: { publish: { allow: [${subjects(allowed)}] }, subscribe: { allow: ["_INBOX.>"] } }`)}
      ${users('notary', `, permissions: { publish: { allow: [${subjects(readable)}] }, subscribe: { allow: ["_INBOX.>"] } }`)}
    ]
    imports: [${allowed.map((subject) => `{ service: { account: HECATE, subject: ${quoted(subject)} } }`).join(', ')}]
  }
}
`;
}

function subjects(list: readonly string[]): string {
  return list.map(quoted).join(', ');
}

function quoted(value: string): string {
  return JSON.stringify(value);
}
