import { z } from 'zod';

const NAME = /^[a-zA-Z_][a-zA-Z0-9_]{0,62}$/;
const LONGEST_VALUE = 255;
const MOST = 32;

const labelName = z
  .string()
  .regex(NAME, 'a label’s name is 1–63 of a–z, A–Z, 0–9 and _, and does not begin with a digit');
const labelValue = z
  .string()
  .min(1, 'a label’s value is not empty')
  .max(LONGEST_VALUE, `a label’s value has at most ${LONGEST_VALUE} characters`)
  .regex(/^[^\p{Cc}]*$/u, 'a label’s value has no control characters');

/** Labels of alerts, with names as Prometheus has them. */
export const labelMap = z
  .record(labelName, labelValue)
  .refine((labels) => Object.keys(labels).length <= MOST, `there are at most ${MOST} labels`);
