import type * as workflows from '../../src/workflows/index.js';

/** Name of a workflow that workers run. */
export type WorkflowName = Exclude<keyof typeof workflows, 'default'>;

/** What anybody who reaches Temporal can send to a workflow that runs, as `query progress`. */
export type Handler = `${'query' | 'signal' | 'update'} ${string}`;

/**
 * How a workflow answers a stranger, and what else he can send to it. `verifies`: its first activity refuses what is not
 * signed. `follows the log`: it has no input but a name, and does what the log says. `ends at once`: it does nothing.
 */
export interface EntryPoint {
  readonly by: 'verifies' | 'follows the log' | 'ends at once';
  readonly handlers: readonly Handler[];
}

/** Every workflow. One without a line does not compile, and a handler without a line fails its test. */
export const entryPoints: { readonly [Name in WorkflowName]: EntryPoint } = {
  operation: { by: 'verifies', handlers: ['query progress'] },
  preview: { by: 'verifies', handlers: [] },
  reconcile: { by: 'verifies', handlers: ['query progress'] },
  scheduledReconcile: { by: 'verifies', handlers: [] },
  scheduledRotate: { by: 'verifies', handlers: [] },
  scheduledBackup: { by: 'verifies', handlers: [] },
  recordDrill: { by: 'verifies', handlers: [] },
  scheduledDrill: { by: 'verifies', handlers: [] },
  inspectHealth: { by: 'verifies', handlers: [] },
  inspectRequests: { by: 'verifies', handlers: [] },
  inspectProxies: { by: 'verifies', handlers: [] },
  inspectIdentity: { by: 'verifies', handlers: [] },
  revealSecret: { by: 'verifies', handlers: [] },
  recordEvent: { by: 'verifies', handlers: [] },
  backup: { by: 'verifies', handlers: ['query progress'] },
  bypass: { by: 'follows the log', handlers: ['signal changed'] },
  continuousBackup: { by: 'follows the log', handlers: [] },
  canary: { by: 'follows the log', handlers: ['update look'] },
  probation: { by: 'follows the log', handlers: [] },
  identity: { by: 'follows the log', handlers: ['update converge'] },
  rotation: { by: 'follows the log', handlers: ['signal changed'] },
  deliverAlerts: { by: 'follows the log', handlers: ['signal notify'] },
  testAlert: { by: 'verifies', handlers: [] },
  pulse: { by: 'ends at once', handlers: [] },
};
