import { z } from 'zod';

/** Id of a value that waits in Vault's staging mount for the worker. The value is deleted after an hour. */
export const stagedId = z.string().regex(/^[a-z2-7]{24}$/, 'it is not the id of a value that was staged in Vault');
