/** Users of NATS: `admin` creates the log, `worker` writes it, `cli` reads it, and `sys` monitors the server. */
export const natsUsers = ['admin', 'worker', 'cli', 'sys'] as const;
/** Name of a user of NATS. */
export type NatsUser = (typeof natsUsers)[number];

/** The stream of the log and the object store buckets beside it. */
const log = 'HECATE';
const snapshots = 'OBJ_hecate-snapshots';
const staging = 'OBJ_hecate-staging';
const blobs = 'OBJ_hecate-blobs';

/** Subjects denied to the worker: it must not create, change, purge or delete the log, or delete blobs. */
const workerDenied = [
  ...['CREATE', 'UPDATE', 'DELETE', 'PURGE', 'MSG.DELETE', 'RESTORE', 'SNAPSHOT'].map((verb) => [verb, log]),
  ...['DELETE', 'PURGE', 'MSG.DELETE', 'UPDATE'].map((verb) => [verb, blobs]),
].map(([verb, stream]) => `$JS.API.STREAM.${verb}.${stream}`);

/** Subjects that commands may publish to: reads of the log and its buckets, and objects in the staging bucket. */
const cliAllowed = [
  '$JS.API.INFO',
  '$JS.API.STREAM.NAMES',
  ...[log, snapshots, staging, blobs].flatMap((stream) => [
    `$JS.API.STREAM.INFO.${stream}`,
    `$JS.API.STREAM.MSG.GET.${stream}`,
    `$JS.API.DIRECT.GET.${stream}`,
    `$JS.API.DIRECT.GET.${stream}.>`,
  ]),
  '$O.hecate-staging.>',
];

/** Address, data folder and users' public keys of NATS. */
export interface NatsSettings {
  /** `host:port`. */
  readonly listen: string;
  /** `host:port` of the monitoring endpoint; none by default. */
  readonly monitor?: string;
  readonly folder: string;
  readonly publicKeys: Readonly<Record<NatsUser, string>>;
}

/**
 * Writes NATS' configuration: each message is synced to disk before its acknowledgement, and each user has a key. Commands
 * have an account of their own, and may not create consumers: in the log's account, they could choose a subject of the log
 * as the reply subject of a request, and so write into the log.
 */
export function natsConfig({ listen, monitor, folder, publicKeys }: NatsSettings): string {
  return `server_name: hecate
listen: ${quoted(listen)}
${monitor === undefined ? '' : `http: ${quoted(monitor)}\n`}max_payload: 8MB
jetstream {
  store_dir: ${quoted(folder)}
  sync_interval: always
}
system_account: SYS
accounts {
  SYS { users: [{ nkey: ${publicKeys.sys} }] }
  HECATE {
    jetstream: enabled
    users: [
      { nkey: ${publicKeys.admin} }
      { nkey: ${publicKeys.worker}, permissions: { publish: { deny: [${subjects(workerDenied)}] } } }
    ]
    exports: [${cliAllowed.map((subject) => `{ service: ${quoted(subject)}, response_type: Stream }`).join(', ')}]
  }
  CLI {
    users: [
      { nkey: ${publicKeys.cli}, permissions: {
          publish: { allow: [${subjects(cliAllowed)}] }
          subscribe: { allow: ["_INBOX.>"] }
      } }
    ]
    imports: [${cliAllowed.map((subject) => `{ service: { account: HECATE, subject: ${quoted(subject)} } }`).join(', ')}]
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
