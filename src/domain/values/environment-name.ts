// Names that keep environments apart in servers that they share. In Temporal a name carries the id of the environment's log;
// in NATS and Vault, which are named before there is a log, the environment's own name.

const PREFIX = /^(hecate-[a-z0-9]{1,8})(?:\/|$)/;

/** Environment without a name of its own. Its names in NATS and Vault are those of versions that had only one. */
export const USUAL_ENVIRONMENT = 'main';

/**
 * Returns the start of every name that an environment has in Temporal, such as `hecate-1a2b3c4d`: its task queue, and the
 * first part of the ids of its workflows and schedules.
 */
export function environmentPrefix(logId: string): string {
  const digits = logId.toLowerCase().replace(/[^a-z0-9]/g, '');
  return `hecate-${digits.slice(0, 8) || '0'}`;
}

/** Returns the prefix of an id in Temporal; empty for an id of a version before 0.6, which had none. */
export function prefixIn(id: string): string {
  return PREFIX.exec(id)?.[1] ?? '';
}

/** Returns an id with this prefix; an empty prefix adds nothing. */
export function withPrefix(prefix: string, id: string): string {
  return prefix === '' ? id : `${prefix}/${id}`;
}

/** Returns an id in Temporal without its prefix, as people type it. */
export function withoutPrefix(id: string): string {
  const prefix = prefixIn(id);
  return prefix === '' ? id : id.slice(prefix.length + 1);
}

/**
 * Returns a name for one of an environment's places in a shared server: `hecate` becomes `hecate_staging` in `staging`. An
 * underscore is in no environment's name, so no two environments get the same one.
 */
export function environmentName(base: string, environment: string = USUAL_ENVIRONMENT): string {
  return environment === USUAL_ENVIRONMENT ? base : `${base}_${environment}`;
}
