import { exitCodes } from '../../domain/refusal.js';
import { shownNats } from '../../adapters/log/nats/nats-servers.js';
import type { Connections } from '../connections.js';
import { readText } from '../../adapters/files/private-files.js';
import { homeLayout, type ComponentName } from '../home-layout.js';
import { temporalNames } from '../temporal-names.js';

/**
 * State of a component. `running`: it does its work; `hung`: its process exists but does not do its work, and is restarted;
 * `restarting`: it ended and starts again; `failed`: four starts in a row failed; `external`: it runs elsewhere.
 */
export type ComponentState = 'running' | 'starting' | 'hung' | 'restarting' | 'failed' | 'stopped' | 'external';

/** A component with its state. */
export interface ComponentStatus {
  readonly name: 'supervisor' | ComponentName;
  readonly state: ComponentState;
  /** Pid of the server itself; null when it does not run here. */
  readonly pid: number | null;
  readonly version: string | null;
  /** Why it does not do its work; absent when it does, or when nothing is known. */
  readonly problem?: string;
}

/** Output of `hecate status -o json`. Scripts rely on its fields. */
export interface StackStatus {
  readonly components: readonly ComponentStatus[];
  readonly temporal: { readonly address: string; readonly namespace: string; readonly ui: string | null };
  readonly nats: { readonly url: string };
  /** Addresses; those of several Caddys are separated by commas. */
  readonly caddy: { readonly admin: string; readonly http: string; readonly https: string };
  readonly vault: { readonly address: string };
  /** Null when not configured. */
  readonly authentik: { readonly url: string; readonly standIn: boolean } | null;
  /** `metrics`: address of its `/metrics` and `/healthz`; null: it serves none. */
  readonly worker: { readonly taskQueue: string; readonly metrics: string | null };
  /** What a person should know, such as a full disk or a damaged file; empty when all is well. */
  readonly problems: readonly string[];
  /** Advice about a stack that works, such as an older supervisor. */
  readonly notes: readonly string[];
}

/** Combines the components' status with the addresses. */
export function stackStatus(components: readonly ComponentStatus[], connections: Connections): StackStatus {
  const { temporal, nats, caddy, vault, authentik } = connections;
  return {
    components,
    temporal: { address: temporal.address, namespace: temporal.namespace, ui: temporal.ui },
    nats: { url: shownNats(nats.url) },
    caddy: {
      admin: caddy.map((one) => one.admin).join(','),
      http: caddy.map((one) => one.http).join(','),
      https: caddy.map((one) => one.https).join(','),
    },
    vault: { address: vault.address },
    authentik: authentik && { url: authentik.url, standIn: authentik.standIn },
    worker: { taskQueue: queueOf(connections), metrics: connections.worker.metrics ?? null },
    problems: [],
    notes: [],
  };
}

/** Returns the worker's task queue; before the home has a log, the part of it that the settings name. */
function queueOf(connections: Connections): string {
  const logId = readText(homeLayout(connections.home).logId).value;
  return logId === null ? connections.worker.taskQueue : temporalNames(connections, logId).taskQueue;
}

/** Returns true when each component runs or is external; false without components. */
export function isUp(components: readonly ComponentStatus[]): boolean {
  return components.length > 0 && components.every(({ state }) => state === 'running' || state === 'external');
}

/**
 * Returns the exit code of a stack whose components all run. `serving`: the exit code of `checkServing`. A lost log counts
 * more than other problems: the notary has one too then, as it does not sign another log.
 */
export function runningCode(serving: number, problems: readonly string[]): number {
  if (serving === exitCodes.lost.code || problems.length === 0) return serving;
  return exitCodes.unavailable.code;
}
