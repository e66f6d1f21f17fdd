import { z } from 'zod';

/** What is right for a flag; of a choice or a number zod would say it in its own words. */
export function wordsOf(issue: z.core.$ZodIssue, schema: z.core.$ZodType | undefined): string {
  const range = rangeOf(schema);
  if (range !== null && issue.message.startsWith(ZODS_OWN[issue.code] ?? '\0')) return `give ${range}`;
  const isZods = issue.code === 'invalid_value' && issue.message.startsWith('Invalid');
  return isZods ? `give ${issue.values.map(String).join(' or ')}` : issue.message;
}

const ZODS_OWN: Readonly<Record<string, string>> = {
  invalid_type: 'Invalid',
  too_small: 'Too small',
  too_big: 'Too big',
};

/** What a number may be, in words; null: the field is none. */
function rangeOf(schema: z.core.$ZodType | undefined): string | null {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) {
    return rangeOf(schema.unwrap());
  }
  if (!(schema instanceof z.ZodNumber)) return null;
  const { minValue, maxValue, isInt } = schema;
  const limits = [
    ...(minValue !== null && Number.isFinite(minValue) ? [`from ${minValue}`] : []),
    ...(maxValue !== null && Number.isFinite(maxValue) ? [`to ${maxValue}`] : []),
  ];
  return [isInt ? 'a whole number' : 'a number', ...limits].join(' ');
}
