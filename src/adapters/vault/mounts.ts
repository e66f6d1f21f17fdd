/** KV v2 mount with what Hecate keeps. */
export const OWN_MOUNT = 'hecate';
/** KV v2 mount where others leave what they hand over; its versions are deleted by themselves. */
export const STAGING_MOUNT = 'hecate-staging';
