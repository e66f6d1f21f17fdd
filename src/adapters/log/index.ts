// The log on NATS JetStream. May import domain, ports and the nats client.
export { createEventLog, type EventLogOptions } from './event-log.js';
export { knownLogId, withContinuityCheck } from './log-continuity.js';
export { createLogReader } from './log-reader.js';
