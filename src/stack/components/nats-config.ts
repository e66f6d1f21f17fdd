/** Who may connect: `admin` creates the log, `worker` writes it, `cli` reads it, `sys` watches the server. */
export const natsUsers = ['admin', 'worker', 'cli', 'sys'] as const;
export type NatsUser = (typeof natsUsers)[number];

/** The stream of the log and the object store buckets beside it. */
const log = 'HECATE';
const snapshots = 'OBJ_hecate-snapshots';
const staging = 'OBJ_hecate-staging';
const blobs = 'OBJ_hecate-blobs';

/** What the worker may not do: make, change, empty or remove the log it writes, or remove what commits name. */
const workerDenied = [
  ...['CREATE', 'UPDATE', 'DELETE', 'PURGE', 'MSG.DELETE', 'RESTORE', 'SNAPSHOT'].map((verb) => [verb, log]),
  ...['DELETE', 'PURGE', 'MSG.DELETE', 'UPDATE'].map((verb) => [verb, blobs]),
].map(([verb, stream]) => `$JS.API.STREAM.${verb}.${stream}`);

/** All the command line may publish: reads of the log and its snapshots, and objects into the staging bucket. */
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

/** Where NATS listens and keeps its data, and whose keys it takes. */
export interface NatsSettings {
  /** `host:port`. */
  readonly listen: string;
  /** `host:port` of the monitoring endpoint; none unless given. */
  readonly monitor?: string;
  readonly folder: string;
  readonly publicKeys: Readonly<Record<NatsUser, string>>;
}

/**
 * NATS' configuration: everything synced to disk before it is acknowledged, one key per user.
 * The command line has an account of its own: in the log's account the answer to any request of its, sent to
 * a reply subject of its choice, could land in the log. For the same reason it may not create consumers.
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
