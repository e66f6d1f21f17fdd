import type { ValueForm } from './kind.js';

/** The access to a destination of backups in S3: JSON, as the command line reads it from the usual variables of AWS. */
export const s3AccessForm: ValueForm = {
  problem(text) {
    try {
      const value: unknown = JSON.parse(text);
      return typeof value === 'object' && value !== null && 'region' in value ? null : 'it is not an access to S3';
    } catch {
      return 'it is not an access to S3';
    }
  },
  store: async (text) => ({ access: text }),
};
