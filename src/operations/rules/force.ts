import { z } from 'zod';

/** Flag of operations that the safeguards may refuse. It skips exactly the safeguards. */
export const force = z
  .boolean()
  .default(false)
  .describe(
    'Carry it out although visitors would lose something: a host with recent requests, an upstream that answers, or a protection such as sign-in',
  );
