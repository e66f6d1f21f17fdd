// `list` and `read` of a kind of resources, from one view of the kind.
import { z } from 'zod';
import { all, find, openOn, type StoredResource, type State } from '../../../domain/log/state.js';
import { API_VERSION } from '../../../domain/manifests/manifest.js';
import type { Refusal } from '../../../domain/refusal.js';
import { resourceKey, type ResourceKind } from '../../../domain/resources/kinds.js';
import { kebab } from '../../input/flags.js';
import { fieldLines, table, type Field } from '../../print/output.js';
import { relativeTime } from '../../print/relative-time.js';
import { absent, defineRead, type AsOf, type Look, type Read, type ReadContext } from '../read.js';

/** The presentation of resources of one kind. `More` are the fields of their status beside the common ones. */
export interface ResourceView<K extends ResourceKind, More extends object> {
  readonly kind: K;
  /** Plural for messages, in lower case. */
  readonly plural: string;
  /** Returns the resource as a manifest has it. */
  manifest(value: StoredResource<K>['value']): ManifestPart;
  /** Schema of `spec`. */
  spec(): z.ZodType;
  /** Schema of `More`. */
  readonly statusShape: z.ZodObject;
  /**
   * Returns the function that gives `More` of each resource. Lookups that all resources share happen once, here. `only` is the
   * name of the one resource that is shown; null: all are.
   */
  statuses(seen: Look, context: ReadContext, only: string | null): Statuses<K, More> | Promise<Statuses<K, More>>;
}

/** The function that gives `More` of each resource, with lines for stderr where there are some. */
export type Statuses<K extends ResourceKind, More extends object> =
  StatusOf<K, More> | { readonly of: StatusOf<K, More>; readonly talk: readonly string[] };

type StatusOf<K extends ResourceKind, More extends object> = (stored: StoredResource<K>) => More;

/** The part of a shown resource that a manifest has too. */
export interface ManifestPart {
  readonly apiVersion: typeof API_VERSION;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: object;
}

/** The status that every resource has. */
export interface Status {
  /**
   * `applying`: an operation on it has not ended. `converged`: every system has it; its health is another column. A kind that
   * runs by itself says `running` or `paused` instead of `converged`.
   */
  readonly state: 'converged' | 'applying' | 'running' | 'paused';
  /** Sequence of the last commit that changed it. */
  readonly revision: number;
  readonly createdAt: string;
  readonly createdBy: string;
  readonly updatedAt: string;
  readonly updatedBy: string;
  /** Source of manifests that it came from; absent: a person made it. */
  readonly source?: string;
  /** The commit up to which the state stands; absent: it is the present one. */
  readonly asOf?: AsOf;
}

/** A resource for a person. */
export interface Row<K extends ResourceKind, More extends object> {
  /** Its identity in the log. */
  readonly name: string;
  readonly value: StoredResource<K>['value'];
  readonly status: Status & More;
  /** The present, ISO 8601 UTC. */
  readonly now: string;
}

/** A column of a table. */
export type Column<K extends ResourceKind, More extends object> = readonly [
  head: string,
  text: (row: Row<K, More>) => string,
];

/** The description of a command that lists all resources of a kind. */
export interface ListRead<K extends ResourceKind, More extends object> extends Pick<Read, 'path' | 'summary'> {
  readonly columns: readonly Column<K, More>[];
  /** Heads of the columns whose cells are never cut. */
  readonly whole?: readonly string[];
  /** The last two columns show when and by whom each resource was changed; default true. */
  readonly showsUpdate?: boolean;
  /** Other columns that a switch chooses; absent: the command has no switch. */
  readonly other?: {
    /** Name of the field, such as `showRotationStatus`. */
    readonly field: string;
    /** Help of the switch. */
    readonly summary: string;
    readonly columns: readonly Column<K, More>[];
  };
}

/** The command that lists all resources of a kind. */
export interface KindList<K extends ResourceKind> extends Read {
  readonly kind: K;
}

/** Describes the command that lists all resources of a kind. */
export function listOf<K extends ResourceKind, More extends object>(
  view: ResourceView<K, More>,
  { path, summary, columns, whole = [], showsUpdate = true, other }: ListRead<K, More>,
): KindList<K> {
  const update: readonly Column<K, More>[] = [
    ['UPDATED', ({ status, now }) => relativeTime(status.updatedAt, now)],
    ['BY', ({ status }) => status.updatedBy],
  ];
  const usual = [...columns, ...(showsUpdate ? update : [])];
  const command = path.join(' ');
  return {
    ...{ kind: view.kind, path, summary, hasPast: true },
    examples: [
      ...(other === undefined ? [] : [`${command} --${kebab(other.field)}`]),
      ...[`${command} -o json`, `${command} --at "2h ago"`],
    ],
    input: z.strictObject(other === undefined ? {} : { [other.field]: z.boolean().optional().describe(other.summary) }),
    shape: () => z.array(shapeOf(view)),
    async answer(input, context) {
      const shown = other !== undefined && input[other.field] === true ? other.columns : usual;
      const seen = await context.look();
      const { of: more, talk } = noted(await view.statuses(seen, context, null));
      const rows = all(seen.state, view.kind).map((stored) => rowOf(seen, stored, more(stored), context.now));
      return {
        data: rows.map((row) => dataOf(view, row)),
        talk,
        isDocuments: true,
        text: () =>
          rows.length === 0
            ? `no ${view.plural}`
            : table(
                shown.map(([head]) => head),
                rows.map((row) => shown.map(([, text]) => text(row))),
                { whole },
              ),
      };
    },
  };
}

/** The description of a command that shows one resource of a kind. */
export interface OneRead<K extends ResourceKind, More extends object, Schema extends z.ZodObject> extends Pick<
  Read,
  'path' | 'summary' | 'examples'
> {
  readonly input: Schema;
  /** Returns the identity of the resource that is meant. */
  readonly name: (input: z.infer<Schema>, context: ReadContext) => string | Promise<string>;
  /** Returns the error for a name that no resource has. */
  readonly missing: (state: State, name: string) => Refusal;
  readonly fields: (row: Row<K, More>) => readonly Field[];
}

/** Describes the command that shows one resource of a kind; its fields end with who made it, who changed it and when. */
export function oneOf<K extends ResourceKind, More extends object, Schema extends z.ZodObject>(
  view: ResourceView<K, More>,
  { name: nameOf, missing, fields, ...described }: OneRead<K, More, Schema>,
): Read<Schema> {
  return defineRead({
    ...described,
    hasPast: true,
    shape: () => shapeOf(view),
    async answer(input, context) {
      const seen = await context.look();
      const name = await nameOf(input, context);
      const stored = find(seen.state, view.kind, name);
      if (!stored) throw absent(missing(seen.state, name));
      const { of: more, talk } = noted(await view.statuses(seen, context, stored.name));
      const row = rowOf(seen, stored, more(stored), context.now);
      return {
        data: dataOf(view, row),
        talk,
        text: () => fieldLines([...fields(row), ...statusFields(row)]),
      };
    },
  });
}

function noted<K extends ResourceKind, More extends object>(statuses: Statuses<K, More>) {
  return typeof statuses === 'function' ? { of: statuses, talk: [] } : statuses;
}

function statusFields({ status, now }: Row<ResourceKind, object>): Field[] {
  const { state, source, createdAt, createdBy, updatedAt, updatedBy, revision } = status;
  return [
    ['Source', source ?? null],
    ['State', state],
    ['Created', `${relativeTime(createdAt, now)} by ${createdBy}`],
    ['Updated', `${relativeTime(updatedAt, now)} by ${updatedBy} (commit ${revision})`],
  ];
}

function dataOf<K extends ResourceKind, More extends object>(view: ResourceView<K, More>, row: Row<K, More>) {
  const { apiVersion, kind, metadata, spec } = view.manifest(row.value);
  return { apiVersion, kind, metadata, spec, status: row.status };
}

function rowOf<K extends ResourceKind, More extends object>(
  seen: Look,
  stored: StoredResource<K>,
  more: More,
  now: string,
): Row<K, More> {
  const { name, value } = stored;
  return { name, value, status: { ...statusOf(seen, stored), ...more }, now };
}

/** Returns the status that every resource has. */
export function statusOf({ state, asOf }: Look, stored: StoredResource): Status {
  const { kind, name, value, revision, createdAt, createdBy, updatedAt, updatedBy } = stored;
  const isOpen = openOn(state, new Set([resourceKey(kind, name)]), '').length > 0;
  const source = 'source' in value ? value.source : null;
  return {
    state: isOpen ? 'applying' : 'converged',
    ...{ revision, createdAt, createdBy, updatedAt, updatedBy },
    ...(source === null ? {} : { source }),
    ...(asOf === null ? {} : { asOf }),
  };
}

/** Schema of what {@link statusOf} returns. */
export const statusShape = z.strictObject({
  state: z.enum(['converged', 'applying']),
  revision: z.int(),
  createdAt: z.iso.datetime(),
  createdBy: z.string(),
  updatedAt: z.iso.datetime(),
  updatedBy: z.string(),
  source: z.string().optional(),
  asOf: z.strictObject({ sequence: z.int(), at: z.string() }).optional(),
});

function shapeOf<K extends ResourceKind, More extends object>(view: ResourceView<K, More>): z.ZodType {
  return z.strictObject({
    apiVersion: z.literal(API_VERSION),
    kind: z.literal(view.kind),
    metadata: z.strictObject({ name: z.string() }),
    spec: view.spec(),
    status: statusShape.extend(view.statusShape.shape),
  });
}
