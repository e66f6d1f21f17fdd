import type { NatsLocation } from '../adapters/log/nats/connect-nats.js';
import type { TemporalProfile } from '../adapters/temporal/connect-options.js';

/** Addresses of one Caddy. */
export interface CaddyConnection {
  /** `caddy`, or `caddy-1`, `caddy-2`, … when there are several. */
  readonly name: string;
  /** `http://host:port` or `unix//absolute/path`. */
  readonly admin: string;
  /** Base URL of plain HTTP for this machine, with an explicit port. */
  readonly http: string;
  /** Base URL of HTTPS, with an explicit port. */
  readonly https: string;
  /** Path of the JSON access log on this machine; null when it is not accessible. */
  readonly accessLog: string | null;
}

/** Address and token of authentik. */
export interface AuthentikConnection {
  /** Base URL for the worker and Caddy. */
  readonly url: string;
  readonly tokenFile: string;
  /** True for the embedded stack's stand-in, which is for development only. */
  readonly standIn: boolean;
}

/** Addresses and credential files of all systems. Written by `hecate up`; `HECATE_*` variables override it. */
export interface Connections {
  readonly home: string;
  readonly temporal: {
    readonly address: string;
    readonly namespace: string;
    readonly ui: string | null;
    /** Settings of Temporal's own tools, without secrets; absent: the home's own server, which they do not concern. */
    readonly profile?: TemporalProfile;
  };
  /** Seed files (nkeys) of the two users; null: no authentication. */
  readonly nats: {
    readonly url: string;
    readonly workerSeedFile: string | null;
    readonly cliSeedFile: string | null;
    /** Seed file of the notary; absent: it reads with the seed of the commands. */
    readonly notarySeedFile?: string | null;
    /** Environment whose names the log has there; absent in homes of versions before 0.6, which had only those of `main`. */
    readonly environment?: string;
  };
  readonly caddy: readonly CaddyConnection[];
  readonly vault: {
    readonly address: string;
    /** Files of the worker's AppRole; null when not configured. */
    readonly roleIdFile: string | null;
    readonly secretIdFile: string | null;
    /** Files of the command line's AppRole; without them, commands cannot pass secrets to the worker. */
    readonly cliRoleIdFile?: string | null;
    readonly cliSecretIdFile?: string | null;
    /** Environment whose names the mounts have; absent as in `nats`. */
    readonly environment?: string;
  };
  /** Null when not configured; no route can require sign-in then. */
  readonly authentik: AuthentikConnection | null;
  /** Canonical ranges of the proxies in front of every Caddy; empty: none. Null or absent: not set. */
  readonly trustedProxies?: readonly string[] | null;
  /** Port on which visitors reach HTTPS; absent: 443. Caddy may serve it on another one. */
  readonly publicHttpsPort?: number;
  /** Letters and digits; part of the name of each object that Hecate creates in a shared system. */
  readonly environment: string;
  readonly worker: {
    readonly taskQueue: string;
    /** Address (`host:port`) of the worker's `/metrics` and `/healthz`; null or absent: it serves none. */
    readonly metrics?: string | null;
  };
}

/** Returns where the worker finds the log. */
export function workerNats({ nats }: Connections): NatsLocation {
  return { ...placeOf(nats), seedFile: nats.workerSeedFile };
}

/** Returns where commands find the log. */
export function cliNats({ nats }: Connections): NatsLocation {
  return { ...placeOf(nats), seedFile: nats.cliSeedFile };
}

/** Returns where the notary finds the log. */
export function notaryNats({ nats }: Connections): NatsLocation {
  return { ...placeOf(nats), seedFile: nats.notarySeedFile ?? nats.cliSeedFile };
}

function placeOf({ url, environment }: Connections['nats']) {
  return { url, ...(environment === undefined ? {} : { environment }) };
}
