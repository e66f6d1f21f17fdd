import { type Answer, type Call, forbidden, noContent, notFound, ok, type ApiRoute } from './exchange.js';
import { type FieldTable, readFields } from './fields.js';
import { type Filter, pageOf } from './list-page.js';
import { may } from '../store/rights.js';
import type { Fields, Kind, Row } from '../store/state.js';
import type { Store } from '../store/store.js';

type Verb = 'list' | 'create' | 'read' | 'write' | 'remove' | 'used_by';

/** A kind of object of the API: its path, names, fields, and how it is checked, shown and deleted. */
export type ApiResource<K extends Kind> = {
  /** For example `/core/groups/`. */
  readonly path: string;
  readonly kind: K;
  /** Its name in a 404 message. */
  readonly model: string;
  /** App and model of its rights, for example `authentik_core` and `group`. */
  readonly rights: readonly [app: string, model: string];
  readonly key?: keyof Row<K>;
  /** Field with the account that an object belongs to. Everybody may create objects, and do anything to his own, without a right. */
  readonly owner?: keyof Row<K>;
  readonly fields: FieldTable;
  readonly verbs?: readonly Verb[];
  readonly filters?: Readonly<Record<string, Filter<Row<K>>>>;
  readonly autocomplete?: unknown;
  /** Default order of a list: a field, with `-` in front for descending. */
  readonly ordering?: string;
  /** Returns true for the rows that this resource shows. */
  readonly belongs?: (row: Row<K>) => boolean;
  readonly visible?: (row: Row<K>, call: Call) => boolean;
  /** Checks several fields together. Throws `Refused`. */
  readonly check?: (values: Fields, row: Row<K> | null, call: Call) => void | Promise<void>;
  readonly create?: (values: Fields, call: Call) => Row<K>;
  readonly change?: (row: Row<K>, values: Fields, call: Call) => void;
  readonly remove?: (row: Row<K>) => void;
  readonly present: (row: Row<K>, call: Call) => unknown;
  readonly usedBy?: (row: Row<K>) => unknown[];
};

/** Returns the routes of a kind of object: list, create, retrieve, PUT, PATCH, DELETE and `used_by`. */
export function resourceRoutes<K extends Kind>(store: Store, resource: ApiResource<K>): readonly ApiRoute[] {
  const verbs = resource.verbs ?? ['list', 'create', 'read', 'write', 'remove', 'used_by'];
  const right = (verb: string) => `${resource.rights[0]}.${verb}_${resource.rights[1]}`;
  const one = `${resource.path}:key/`;
  const { owner } = resource;
  // The right to an object that has an owner is checked when the object is found.
  const needed = (verb: string) => (owner === undefined ? right(verb) : null);
  const find = (call: Call) => findRow(store, resource, call);
  const findFor = (verb: string, call: Call) => {
    const row = find(call);
    const isOwn = owner !== undefined && row[owner] === call.user.pk;
    if (!isOwn && !may(store.state, call.user, right(verb))) forbidden();
    return row;
  };
  const all: Record<Verb, readonly ApiRoute[]> = {
    list: [
      { method: 'GET', path: resource.path, right: needed('view'), handle: (call) => listed(store, resource, call) },
    ],
    create: [
      { method: 'POST', path: resource.path, right: needed('add'), handle: (call) => created(store, resource, call) },
    ],
    read: [
      { method: 'GET', path: one, right: needed('view'), handle: (call) => ok(resource.present(find(call), call)) },
    ],
    write: (['PUT', 'PATCH'] as const).map((method) => ({
      method,
      path: one,
      right: needed('change'),
      find: { right: needed('view'), run: find },
      handle: (call) => written(store, resource, { call, row: findFor('change', call) }),
    })),
    remove: [
      {
        method: 'DELETE',
        path: one,
        right: needed('delete'),
        find: { right: needed('view'), run: find },
        handle: (call) => {
          const row = findFor('delete', call);
          resource.remove?.(row);
          store.remove(resource.kind, (other) => other === row);
          return noContent;
        },
      },
    ],
    used_by: [
      {
        method: 'GET',
        path: `${one}used_by/`,
        right: needed('view'),
        handle: (call) => ok(resource.usedBy?.(find(call)) ?? []),
      },
    ],
  };
  return verbs.flatMap((verb) => all[verb]);
}

/** Returns the object of a call. Throws 404. */
export function findRow<K extends Kind>(store: Store, resource: ApiResource<K>, call: Call): Row<K> {
  const key = resource.key ?? 'pk';
  const row = (store.state[resource.kind] as Row<K>[]).find(
    (other) => String((other as Fields)[key as string]) === call.params['key'] && (resource.belongs?.(other) ?? true),
  );
  if (!row || !(resource.visible?.(row, call) ?? true)) return notFound(resource.model);
  return row;
}

function listed<K extends Kind>(store: Store, resource: ApiResource<K>, call: Call): Answer {
  const rows = (store.state[resource.kind] as Row<K>[]).filter(
    (row) => (resource.belongs?.(row) ?? true) && (resource.visible?.(row, call) ?? true),
  );
  const page = pageOf(rows, call.query, {
    ...(resource.filters ? { filters: resource.filters } : {}),
    autocomplete: resource.autocomplete,
    ...(resource.ordering ? { ordering: resource.ordering } : {}),
  });
  const results = page.rows.map((row) => resource.present(row, call));
  return ok({ pagination: page.pagination, results, autocomplete: page.autocomplete });
}

async function created<K extends Kind>(store: Store, resource: ApiResource<K>, call: Call): Promise<Answer> {
  const values = readFields(resource.fields, call.body, false, store);
  await resource.check?.(values, null, call);
  const row = store.insert(resource.kind, resource.create!(values, call));
  resource.change?.(row, values, call);
  return ok(resource.present(row, call), 201);
}

async function written<K extends Kind>(
  store: Store,
  resource: ApiResource<K>,
  { call, row }: { readonly call: Call; readonly row: Row<K> },
): Promise<Answer> {
  const values = readFields(resource.fields, call.body, call.method === 'PATCH', store);
  await resource.check?.(values, row, call);
  if (resource.change) resource.change(row, values, call);
  else store.change(resource.kind, row, values as Partial<Row<K>>);
  return ok(resource.present(row, call));
}
