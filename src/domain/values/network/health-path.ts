import { z } from 'zod';

/** Path and query of a health check, e.g. `/health?deep=1`: one slash first, valid percent escapes, no fragment. */
export const healthPath = z
  .string()
  .max(2_048, 'a health check path has at most 2048 characters')
  .refine((text) => /^\/(?!\/)(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/?]|%[0-9A-Fa-f]{2})*$/.test(text), {
    message:
      'a health check path starts with one / and has no spaces, braces or bad % escapes; write it like /health?deep=1',
  });
