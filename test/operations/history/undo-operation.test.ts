import { describe, expect, it } from 'vitest';
import { changeOf } from '../../../src/domain/log/commit.js';
import { find } from '../../../src/domain/log/state.js';
import { plainRoute } from '../../../src/domain/resources/route.js';
import { createAuthPolicy } from '../../../src/operations/auth-policies/create-auth-policy.js';
import { createRoute } from '../../../src/operations/routes/create-route.js';
import { createUpstream } from '../../../src/operations/upstreams/create-upstream.js';
import { bypassRoute } from '../../../src/operations/routes/bypass-route.js';
import { deleteRoute } from '../../../src/operations/routes/delete-route.js';
import { deleteUpstream } from '../../../src/operations/upstreams/delete-upstream.js';
import { failoverRoute } from '../../../src/operations/routes/failover-route.js';
import { moveRoute } from '../../../src/operations/routes/move-route.js';
import { rollbackState } from '../../../src/operations/history/rollback-state.js';
import { undoOperation } from '../../../src/operations/history/undo-operation.js';
import { updateRoute } from '../../../src/operations/routes/update-route.js';
import { updateUpstream } from '../../../src/operations/upstreams/update-upstream.js';
import { createHistory, type History } from '../../builders/history.js';

const domain = 'app.example.com';
const routeOf = (history: History, name = domain) => find(history.state(), 'Route', name)?.value;
const undo = async (history: History, operation: string) => (await history.run(undoOperation, { operation })).decision;
const saying = (text: string) => expect.stringContaining(text) as string;

/** A route, then an update of its upstream, headers and health check. */
async function updated(): Promise<{ history: History; id: string }> {
  const history = createHistory();
  await history.run(createRoute, { domain, upstream: 'one:1', headers: { A: '1' } });
  const change = { upstream: 'two:1', headers: { A: '2', B: '1' }, healthCheckPath: '/health' };
  const { id } = await history.run(updateRoute, { domain, ...change });
  return { history, id };
}

describe('undoing an update', () => {
  it('gives back every field, and undoing that brings them again', async () => {
    const { history, id } = await updated();
    const after = routeOf(history);
    const undone = await history.run(undoOperation, { operation: id });
    expect(undone.decision).toMatchObject({ changes: [{ kind: 'Route' }], expect: { hosts: [domain] }, warnings: [] });
    expect(routeOf(history)).toMatchObject({ upstream: 'one:1', headers: { A: '1' }, healthCheck: null });
    await undo(history, undone.id);
    expect(routeOf(history)).toEqual(after);
  });

  it('keeps what was set later, and names it with who set it', async () => {
    const { history, id } = await updated();
    await history.run(updateRoute, { domain, headers: { A: '2', B: '7' } });
    const { sequence } = await history.run(updateRoute, { domain, healthCheckInterval: '5s' });
    const decision = await undo(history, id);
    expect(decision).toMatchObject({ warnings: [saying('Route app.example.com keeps headers.B "7" (ada at')] });
    expect(decision).toMatchObject({ warnings: [saying('healthCheck {"path":"/health","interval":"5s",')] });
    expect(decision).toMatchObject({ warnings: [saying(`commit ${sequence}`)] });
    expect(routeOf(history)).toMatchObject({ upstream: 'one:1', headers: { A: '1', B: '7' } });
  });

  it('is found by workflow id and by sequence as well', async () => {
    const { history, id } = await updated();
    expect(await undo(history, `route.update/${domain}/${id}`)).toMatchObject({ changes: [{}] });
    expect(await undo(history, '3')).toMatchObject({ kind: 'change', changes: [] });
  });

  it('changes nothing when it is so already', async () => {
    const { history, id } = await updated();
    await undo(history, id);
    expect(await undo(history, id)).toMatchObject({ kind: 'change', changes: [], warnings: [] });
  });

  it('is refused when everything was set later, with the reason', async () => {
    const history = createHistory();
    await history.run(createRoute, { domain, upstream: 'one:1' });
    const { id } = await history.run(updateRoute, { domain, upstream: 'two:1' });
    await history.run(updateRoute, { domain, upstream: 'three:1' });
    expect(await undo(history, id)).toMatchObject({
      refusal: { kind: 'conflict', code: 'nothing-to-undo', message: saying('keeps upstream "three:1" (ada at') },
    });
  });

  it('is refused after the route was deleted, or made again as something else', async () => {
    const { history, id } = await updated();
    const deleted = await history.run(deleteRoute, { domain, force: true });
    expect(await undo(history, id)).toMatchObject({ refusal: { message: saying('was deleted later (ada at') } });
    await undo(history, deleted.id);
    expect(await undo(history, id), 'brought back as it was').toMatchObject({ kind: 'change', changes: [{}] });
    await history.run(deleteRoute, { domain, force: true });
    await history.run(createRoute, { domain, upstream: 'two:1' });
    expect(await undo(history, id)).toMatchObject({ refusal: { message: saying('created again later (ada at') } });
  });

  it('is not refused because a deletion in between failed', async () => {
    const { history, id } = await updated();
    await history.fail(deleteRoute, { domain, force: true });
    expect(await undo(history, id)).toMatchObject({ kind: 'change', changes: [{}], warnings: [] });
  });
});

describe('undoing a creation', () => {
  it('deletes what nobody changed, and refuses what somebody did', async () => {
    const history = createHistory();
    const { id } = await history.run(createRoute, { domain, upstream: 'one:1' });
    const { id: second } = await history.run(updateRoute, { domain, upstream: 'two:1' });
    expect(await undo(history, id)).toMatchObject({ refusal: { message: saying('changed later: upstream "two:1"') } });
    await undo(history, second);
    expect(await undo(history, id)).toMatchObject({ changes: [{ after: null }] });
    expect(await undo(history, id)).toMatchObject({ changes: [] });
  });

  it('is refused while it is used, naming by what', async () => {
    const history = createHistory();
    const upstream = await history.run(createUpstream, { name: 'pool', servers: ['a:1'] });
    const policy = await history.run(createAuthPolicy, { name: 'staff' });
    await history.run(createRoute, { domain, upstream: 'pool', authPolicy: 'staff' });
    for (const { id } of [upstream, policy]) {
      expect(await undo(history, id)).toMatchObject({
        refusal: { kind: 'conflict', code: 'still-in-use', message: saying(domain) },
      });
    }
  });
});

describe('undoing a deletion', () => {
  it('makes the route again, without what lay over it', async () => {
    const history = createHistory();
    await history.run(createRoute, { domain, upstream: 'one:1', backupUpstream: 'two:1' });
    await history.run(failoverRoute, { domain, failover: 'on' });
    const route = routeOf(history);
    const { id } = await history.run(deleteRoute, { domain, force: true });
    expect(await undo(history, id)).toMatchObject({
      warnings: [saying('the failover of app.example.com is not restored')],
    });
    expect(routeOf(history)).toEqual(route);
    expect(find(history.state(), 'Failover', domain)).toBeUndefined();
  });

  it('is refused when somebody made it again', async () => {
    const history = createHistory();
    await history.run(createRoute, { domain, upstream: 'one:1' });
    const { id } = await history.run(deleteRoute, { domain, force: true });
    await history.run(createRoute, { domain, upstream: 'two:1' });
    expect(await undo(history, id)).toMatchObject({ refusal: { message: saying('created again later') } });
  });

  it('is refused when what the route needs has gone, naming it', async () => {
    const history = createHistory();
    await history.run(createUpstream, { name: 'pool', servers: ['a:1'] });
    await history.run(createRoute, { domain, upstream: 'pool' });
    const { id } = await history.run(deleteRoute, { domain, force: true });
    const { id: second } = await history.run(deleteUpstream, { name: 'pool' });
    expect(await undo(history, id)).toMatchObject({
      refusal: { kind: 'conflict', code: 'upstream-missing', message: saying('there is no upstream pool') },
    });
    await undo(history, second);
    expect(await undo(history, id)).toMatchObject({ kind: 'change', changes: [{}] });
  });
});

describe('undoing what touched several resources', () => {
  it('names what was moved or renamed since, however often', async () => {
    const history = createHistory();
    const change = (name: string, more: object = {}) =>
      changeOf('Route', name, null, { ...plainRoute(name, 'one:1'), ...more });
    history.commit('applied', [change('a.example.com'), change('b.example.com'), change('c.example.com')]);
    await history.run(moveRoute, { domain: 'a.example.com', to: 'x.example.com', force: true });
    await history.run(moveRoute, { domain: 'x.example.com', to: 'y.example.com', force: true });
    const renamed = { ...plainRoute('b.example.com', 'one:1'), label: 'bee' };
    history.commit('renamed', [changeOf('Route', 'b.example.com', plainRoute('b.example.com', 'one:1'), renamed)]);
    const { changes, warnings } = (await undo(history, 'applied')) as { changes: unknown; warnings: readonly string[] };
    expect(changes).toMatchObject([{ name: 'c.example.com', after: null }]);
    expect(warnings).toEqual([
      saying('Route a.example.com was moved to y.example.com later (ada at'),
      saying('changed later: label "bee"'),
    ]);
  });

  it('takes a move back', async () => {
    const history = createHistory();
    await history.run(createRoute, { domain, upstream: 'one:1' });
    const { id } = await history.run(moveRoute, { domain, to: 'shop.example.com', force: true });
    await undo(history, id);
    expect([...history.state().resources.keys()]).toEqual([`Route/${domain}`]);
  });

  it('takes a rollback back as far as it still holds', async () => {
    const history = createHistory();
    for (const name of ['a', 'b']) await history.run(createRoute, { domain: `${name}.example.com`, upstream: 'one:1' });
    for (const name of ['a', 'b']) await history.run(updateRoute, { domain: `${name}.example.com`, upstream: 'two:1' });
    const { id } = await history.run(rollbackState, { toCommit: '3' });
    await history.run(updateRoute, { domain: 'a.example.com', upstream: 'three:1' });
    expect(await undo(history, id)).toMatchObject({
      changes: [{ name: 'b.example.com' }],
      warnings: [saying('three:1')],
    });
    expect(['a', 'b'].map((name) => routeOf(history, `${name}.example.com`)?.upstream)).toEqual(['three:1', 'two:1']);
  });

  it('takes an array of servers as a whole', async () => {
    const history = createHistory();
    await history.run(createUpstream, { name: 'pool', servers: ['a:1'] });
    const { id } = await history.run(updateUpstream, { name: 'pool', addServer: ['b:1'], loadBalancer: 'random' });
    await history.run(updateUpstream, { name: 'pool', addServer: ['c:1'] });
    await undo(history, id);
    expect(find(history.state(), 'Upstream', 'pool')?.value).toMatchObject({
      servers: [{ address: 'a:1' }, { address: 'b:1' }, { address: 'c:1' }],
      loadBalancer: 'round_robin',
    });
  });
});

describe('what cannot be undone', () => {
  it('is an overlay: it is ended by its own command', async () => {
    const history = createHistory();
    await history.run(createRoute, { domain, upstream: 'one:1', requireMFA: 'on' });
    const { id } = await history.run(bypassRoute, { domain, authBypass: 'on', duration: '1h' });
    expect(await undo(history, id)).toMatchObject({
      refusal: { message: saying('hecate update route --domain app.example.com --auth-bypass=off') },
    });
    await history.run(bypassRoute, { domain, authBypass: 'off' });
    expect(await undo(history, id)).toMatchObject({ kind: 'change', changes: [] });
  });

  it('is what failed, what never was, and the system’s own undo', async () => {
    const history = createHistory();
    await history.run(createRoute, { domain, upstream: 'one:1' });
    const { id } = await history.fail(updateRoute, { domain, upstream: 'bad:1' });
    expect(await undo(history, id)).toMatchObject({
      changes: [],
      warnings: [saying('failed and was undone automatically')],
    });
    expect(await undo(history, `undo:${id}`)).toMatchObject({ refusal: { kind: 'invalid' } });
    expect(await undo(history, 'abcdefgh')).toMatchObject({ refusal: { kind: 'missing' } });
  });
});
