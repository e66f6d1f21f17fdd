/** A value of a body as text; `otherwise` for what is neither text nor a number. */
export const textOf = (value: unknown, otherwise = ''): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : otherwise;
