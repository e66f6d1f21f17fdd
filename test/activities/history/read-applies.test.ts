import { expect, it } from 'vitest';
import { readApplies } from '../../../src/activities/history/read-applies.js';
import { lastSaid } from '../../../src/domain/manifests/past-applies.js';
import { resourceKey } from '../../../src/domain/resources/kinds.js';
import { createHistory } from '../../builders/history.js';
import { route, routeChange } from '../../builders/log.js';

const host = 'app.example.com';
const created = route(host, { upstream: 'one:1' });
const moved = route(host, { upstream: 'two:1' });
const both = { ...moved, headers: { 'X-A': '1' } };

/** Created by commit 1, upstream by 5, headers by 7, with another route and an undone change between and after them. */
function written() {
  const history = createHistory();
  history.commit('first', [routeChange(null, created)]);
  history.commit('other', [routeChange(null, route('b.example.com'))]);
  history.commit('upstream', [routeChange(created, moved)]);
  history.commit('headers', [routeChange(moved, both)]);
  history.commit('bad', [routeChange(both, created)], { open: true });
  history.end('bad', 'undone');
  return history;
}

it('names the commit that set a field of a resource that no source described', async () => {
  const { reader } = written();
  const { state } = await reader.view();
  const key = resourceKey('Route', host);
  const revision = state.resources.get(key)?.revision ?? 0;
  const upTo = state.head?.sequence ?? 0;
  const past = await readApplies(reader, { kind: 'applies', sources: [], resources: [{ key, revision }], upTo });
  const said = lastSaid(state, 'repo', past);
  const authorOf = (field: string) => said.author('Route', host, field)?.sequence;
  expect([authorOf('tls.minVersion'), authorOf('upstream'), authorOf('headers.X-A')]).toEqual([1, 5, 7]);
});
