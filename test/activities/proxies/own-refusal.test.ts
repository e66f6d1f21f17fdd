import { describe, expect, it } from 'vitest';
import { createConverger } from '../../../src/activities/proxies/converger.js';
import { createSecretResolver } from '../../../src/activities/secrets/resolved-secrets.js';
import { createMemoryProxy, type MemoryProxy } from '../../../src/adapters/memory/proxy.js';
import type { EventLog } from '../../../src/ports/event-log.js';
import { createHistory, type History } from '../../builders/history.js';
import { route, routeChange } from '../../builders/log.js';

const PORT = 'listen tcp :8080: bind: address already in use';
const settings = { httpPort: 1, httpsPort: 2 };

function convergerOf(history: History, proxies: readonly MemoryProxy[]) {
  return createConverger({
    log: history.reader as EventLog,
    proxies: proxies.map((proxy) => ({ proxy, settings })),
    now: () => history.now(),
    approaching: () => 0,
    secretResolver: createSecretResolver(null),
    sha256: (text) => text,
  });
}

function twoCaddies() {
  const history = createHistory();
  const [one, two] = [createMemoryProxy({ name: 'caddy-1' }), createMemoryProxy({ name: 'caddy-2' })];
  const create = (domain: string) =>
    history.commit(domain, [routeChange(null, route(domain))], { open: true }).position;
  return { history, one, two, create, converger: convergerOf(history, [one, two]) };
}

describe('one of several proxies that refuses for a reason of its own', () => {
  it('is not updated, and the others are', async () => {
    const { one, two, create, converger } = twoCaddies();
    two.options.ownRefusal = PORT;
    const { sequence, ...rest } = create('a.example.com');
    const converged = await converger.converge('a.example.com', { sequence, ...rest });
    const message = expect.stringMatching(/^caddy-2 refuses .*address already in use.*hecate logs caddy/) as string;
    expect(converged).toEqual({ kind: 'live', behind: [], refusing: [{ proxy: 'caddy-2', message }] });
    expect((await one.current()).generation?.sequence).toBe(sequence);
    two.options.ownRefusal = null;
    expect(await converger.convergeHead()).toEqual({ behind: [], refusing: [] });
    expect((await two.current()).generation?.sequence).toBe(sequence);
  });

  it('does not make an undo stuck when it never took the commit', async () => {
    const { history, two, create, converger } = twoCaddies();
    two.options.ownRefusal = PORT;
    const { sequence } = create('a.example.com');
    await converger.convergeHead();
    history.end('a.example.com', 'undone');
    expect(await converger.convergeUndo(sequence)).toMatchObject({
      kind: 'undone',
      behind: [],
      refusing: [{ proxy: 'caddy-2' }],
    });
  });

  it('makes an undo stuck when it serves the commit, and says what to do', async () => {
    const { history, two, create, converger } = twoCaddies();
    const { sequence } = create('a.example.com');
    await converger.convergeHead();
    two.options.ownRefusal = PORT;
    history.end('a.example.com', 'undone');
    expect(await converger.convergeUndo(sequence)).toEqual({
      kind: 'stuck',
      message: expect.stringMatching(/^caddy-2 still serves commit 1\. .*hecate logs caddy/) as string,
    });
  });

  it('is named beside one that does not answer', async () => {
    const { one, two, create, converger } = twoCaddies();
    one.options.reachable = false;
    two.options.ownRefusal = PORT;
    create('a.example.com');
    await expect(converger.convergeHead()).rejects.toMatchObject({ kind: 'denied', details: { system: 'caddy-2' } });
  });
});

describe('the only proxy that refuses for a reason of its own', () => {
  it('refuses the commit, which is undone and not stuck', async () => {
    const history = createHistory();
    const proxy = createMemoryProxy({ ownRefusal: PORT });
    const converger = convergerOf(history, [proxy]);
    const { position } = history.commit('a', [routeChange(null, route('a.example.com'))], { open: true });
    expect(await converger.converge('a', position)).toEqual({
      kind: 'refused',
      message: expect.stringContaining('hecate logs caddy') as string,
    });
    history.end('a', 'undone');
    expect(await converger.convergeUndo(position.sequence)).toMatchObject({ kind: 'undone' });
  });
});
