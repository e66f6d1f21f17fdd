import { environmentName } from '../../domain/values/environment-name.js';

/** Names of one environment's mounts in Vault or OpenBao. */
export interface Mounts {
  /** KV v2 mount with the values that Hecate keeps. */
  readonly own: string;
  /** KV v2 mount where the command line leaves values for the worker. Vault deletes them after an hour. */
  readonly staging: string;
  /** PKI engine of the embedded OpenBao, which issues certificates for routes on request. */
  readonly pki: string;
}

/** Returns the names of an environment's mounts; absent: `main`. */
export function vaultMounts(environment?: string): Mounts {
  const own = environmentName('hecate', environment);
  return { own, staging: `${own}-staging`, pki: `${own}-pki` };
}
