import { z } from 'zod';

/** Returns what is wrong with a flag's value. Replaces zod's own messages about choices and numbers. */
export function wordsOf(issue: z.core.$ZodIssue, schema: z.core.$ZodType | undefined): string {
  const [ofKey] = issue.code === 'invalid_key' ? issue.issues : [];
  if (ofKey !== undefined) return ofKey.message;
  const range = rangeOf(schema);
  if (range !== null && issue.message.startsWith(ZOD_MESSAGES[issue.code] ?? '\0')) return `give ${range}`;
  const isZods = issue.code === 'invalid_value' && issue.message.startsWith('Invalid');
  return isZods ? `give ${issue.values.map(String).join(' or ')}` : issue.message;
}

const ZOD_MESSAGES: Readonly<Record<string, string>> = {
  invalid_type: 'Invalid',
  too_small: 'Too small',
  too_big: 'Too big',
};

/** Describes the numbers that a field takes; null: the field is not a number. */
function rangeOf(schema: z.core.$ZodType | undefined): string | null {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) {
    return rangeOf(schema.unwrap());
  }
  if (!(schema instanceof z.ZodNumber)) return null;
  const { minValue, maxValue, isInt } = schema;
  const noun = isInt ? 'a whole number' : 'a number';
  const least = minValue !== null && minValue > Number.MIN_SAFE_INTEGER ? minValue : null;
  // Zod limits every whole number to those that JavaScript holds exactly, which is no limit to a person.
  const most = maxValue !== null && maxValue < Number.MAX_SAFE_INTEGER ? maxValue : null;
  if (least !== null && most !== null) return `${noun} from ${least} to ${most}`;
  if (least !== null) return `${noun} of at least ${least}`;
  return most === null ? noun : `${noun} of at most ${most}`;
}
