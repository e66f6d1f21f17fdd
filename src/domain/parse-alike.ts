import type { z } from 'zod';

/**
 * Parses many objects that are much alike by one schema: a field is looked at once for each value that it has. The same
 * as `schema.parse`, and throws the same. Made for one reading: it keeps what it has seen.
 */
export function alikeParser(schema: z.ZodObject): (value: unknown) => unknown {
  // What is checked of the whole cannot be told from its fields.
  if ((schema.def.checks ?? []).length > 0) return (value) => schema.parse(value);
  const fields = Object.entries(schema.shape).map(([name, field]) => ({
    name,
    field: field as z.ZodType,
    seen: new Map<unknown, unknown>(),
  }));
  return (value) => {
    if (typeof value !== 'object' || value === null) return schema.parse(value);
    const given = value as Readonly<Record<string, unknown>>;
    const parsed: Record<string, unknown> = {};
    let count = fields.length;
    for (const { name, field, seen } of fields) {
      const one = given[name];
      if (!seen.has(one)) {
        const { success, data } = field.safeParse(one);
        if (!success) return schema.parse(value);
        seen.set(one, data);
      }
      if (Object.hasOwn(given, name)) parsed[name] = seen.get(one);
    }
    for (const name in given) if (--count < 0 || !Object.hasOwn(schema.shape, name)) return schema.parse(value);
    return parsed;
  };
}
