import { backupSource } from '../values/backup-destination.js';
import { defineAction } from './action.js';

/** Restores a backup into a throwaway stack and compares its answers: `backup drill` with these options. */
export const drillAction = defineAction({
  kind: 'drill',
  options: {
    from: backupSource
      .nullable()
      .default(null)
      .describe('Destination whose latest backup is restored, or the file of a backup')
      .meta({ placeholder: 'place' }),
  },
});
