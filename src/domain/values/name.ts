import { z } from 'zod';

const NAME = /^(?!-)[a-z0-9-]{1,63}(?<!-)$/;

/** Name of a secret. */
export const secretName = z
  .string()
  .refine(
    (text) => NAME.test(text) && text !== 'none',
    'a secret name is 1–63 of a–z, 0–9 and inner hyphens, not “none”',
  );
