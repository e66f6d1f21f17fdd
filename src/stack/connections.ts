/** Where one Caddy is. */
export interface CaddyConnection {
  /** `caddy`, or `caddy-1`, `caddy-2`, … when there are several. */
  readonly name: string;
  /** `http://host:port` or `unix//absolute/path`. */
  readonly admin: string;
  /** Base URL of plain HTTP as this machine reaches it, with an explicit port. */
  readonly http: string;
  /** Base URL of HTTPS, with an explicit port. */
  readonly https: string;
  /** File of JSON access log lines as this machine reads it; null when it cannot. */
  readonly accessLog: string | null;
}

/** Where authentik is. */
export interface AuthentikConnection {
  /** Base URL as the worker and Caddy reach it. */
  readonly url: string;
  readonly tokenFile: string;
  /** It is the stand-in of the embedded stack, for development. */
  readonly standIn: boolean;
}

/** Where every system is and which files hold the credentials. Written by `hecate up`, overridden by the environment. */
export interface Connections {
  readonly home: string;
  readonly temporal: { readonly address: string; readonly namespace: string; readonly ui: string | null };
  /** Seed files (nkeys) of the two users; null: no authentication. */
  readonly nats: { readonly url: string; readonly workerSeedFile: string | null; readonly cliSeedFile: string | null };
  readonly caddy: readonly CaddyConnection[];
  readonly vault: {
    readonly address: string;
    /** Files of the worker's AppRole; null: not configured. */
    readonly roleIdFile: string | null;
    readonly secretIdFile: string | null;
    /** Files of the command line's AppRole; null or absent: nothing can be handed over. */
    readonly cliRoleIdFile?: string | null;
    readonly cliSecretIdFile?: string | null;
  };
  /** Null: nothing can require sign-in. */
  readonly authentik: AuthentikConnection | null;
  /** Letters and digits: part of the names of what Hecate makes in systems that it shares with others. */
  readonly environment: string;
  readonly worker: { readonly taskQueue: string };
}
