import type { ComponentName } from '../home-layout.js';
import type { StackSettings } from '../settings/stack-settings.js';
import { authentikComponent } from './authentik.js';
import { caddyComponent } from './caddy.js';
import type { Component } from './component.js';
import { natsComponent } from './nats.js';
import { notaryComponent } from './notary.js';
import { openbaoComponent } from './openbao.js';
import { temporalComponent } from './temporal.js';
import { workerComponent } from './worker.js';

const factories: Record<ComponentName, (settings: StackSettings) => Component> = {
  temporal: temporalComponent,
  nats: natsComponent,
  caddy: caddyComponent,
  openbao: openbaoComponent,
  authentik: authentikComponent,
  notary: notaryComponent,
  worker: workerComponent,
};

/** The components that this stack runs itself, in start order; without the external ones. */
export function componentsOf(settings: StackSettings): readonly Component[] {
  return settings.components
    .filter((name) => !settings.external.includes(name))
    .map((name) => factories[name](settings));
}
