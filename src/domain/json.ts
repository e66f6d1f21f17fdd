/** A JSON object as Caddy takes it. */
export type Json = Readonly<Record<string, unknown>>;

const texts = new WeakMap<object, string>();

/** JSON of a value that nobody changes any more; written once, as large ones travel from hand to hand. */
export function jsonOf(value: object): string {
  const text = texts.get(value) ?? JSON.stringify(value);
  texts.set(value, text);
  return text;
}
