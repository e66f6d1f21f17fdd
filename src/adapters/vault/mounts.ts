/** KV v2 mount with the values that Hecate keeps. */
export const OWN_MOUNT = 'hecate';
/** KV v2 mount where the command line leaves values for the worker. Vault deletes them after an hour. */
export const SECRET_STAGING_MOUNT = 'hecate-staging';
