import { z } from 'zod';

/** An option of an action: a zod field with its default, its help (`.describe`) and its flag (`.meta`, see `FlagMeta`). */
export type ActionOption = z.ZodDefault<z.ZodType>;

/** One thing that a schedule can run. Flags, manifests, the log's schema and the output follow from its options. */
export interface ScheduledAction<Kind extends string, Options extends Readonly<Record<string, ActionOption>>> {
  readonly kind: Kind;
  readonly options: Options;
}

/** Returns the action as it is; infers its types, so that a misspelt part does not compile. */
export function defineAction<
  const Kind extends string,
  const Options extends Readonly<Record<string, z.ZodDefault<z.ZodType>>>,
>(action: ScheduledAction<Kind, Options>): ScheduledAction<Kind, Options> {
  return action;
}

/** Returns the schema of an action with its options, as the log holds it. */
export function actionSchemaOf<
  const Kind extends string,
  const Options extends Readonly<Record<string, z.ZodDefault<z.ZodType>>>,
>({ kind, options }: ScheduledAction<Kind, Options>) {
  return z.strictObject({ kind: z.literal(kind), ...options });
}
