/** The embedded stack: finds or downloads the servers, starts, watches and stops them. May import ports and adapters. */
export { ensureAuthentikAccount, type AccountOptions } from './components/authentik-account.js';
export { checkServing } from './health/check-serving.js';
export type { CaddyConnection, Connections } from './connections.js';
export { down, type DownOptions } from './down.js';
export { hecateHome, loadConnections, operatorKeyFile } from './load-connections.js';
export { initOperator } from './operators/init-operator.js';
export { logs, type LogTail } from './logs.js';
export { ensureServer, type ServerName } from './servers/ensure-server.js';
export {
  isUp,
  runningCode,
  type ComponentState,
  type ComponentStatus,
  type StackStatus,
} from './health/stack-status.js';
export { status } from './status.js';
export type { UpOptions } from './settings/prepare-stack.js';
export { up } from './up.js';
