import type { Connections } from './connections.js';
import type { ComponentName } from './home-layout.js';

export type ComponentState = 'running' | 'starting' | 'restarting' | 'failed' | 'stopped' | 'external';

export interface ComponentStatus {
  readonly name: 'supervisor' | ComponentName;
  readonly state: ComponentState;
  /** Of the server itself; null when it does not run here. */
  readonly pid: number | null;
  readonly version: string | null;
}

/** What `hecate status -o json` prints: a contract with scripts. */
export interface StackStatus {
  readonly components: readonly ComponentStatus[];
  readonly temporal: { readonly address: string; readonly namespace: string; readonly ui: string | null };
  readonly nats: { readonly url: string };
  /** Several Caddys are joined by commas. */
  readonly caddy: { readonly admin: string; readonly http: string; readonly https: string };
  readonly vault: { readonly address: string };
  /** Null: none is configured. */
  readonly authentik: { readonly url: string; readonly standIn: boolean } | null;
  readonly worker: { readonly taskQueue: string };
}

/** The status of these components, with the addresses that hold for them. */
export function stackStatus(components: readonly ComponentStatus[], connections: Connections): StackStatus {
  const { temporal, nats, caddy, vault, authentik, worker } = connections;
  return {
    components,
    temporal: { address: temporal.address, namespace: temporal.namespace, ui: temporal.ui },
    nats: { url: nats.url },
    caddy: {
      admin: caddy.map((one) => one.admin).join(','),
      http: caddy.map((one) => one.http).join(','),
      https: caddy.map((one) => one.https).join(','),
    },
    vault: { address: vault.address },
    authentik: authentik && { url: authentik.url, standIn: authentik.standIn },
    worker: { taskQueue: worker.taskQueue },
  };
}

/** Whether everything that should answer does. */
export function isUp(components: readonly ComponentStatus[]): boolean {
  return components.length > 0 && components.every(({ state }) => state === 'running' || state === 'external');
}
