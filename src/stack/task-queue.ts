/** Task queue of versions before 0.6, which all environments shared; as a setting it adds nothing to the prefix. */
export const OLD_TASK_QUEUE = 'hecate';
