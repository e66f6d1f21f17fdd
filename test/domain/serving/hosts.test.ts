import { describe, expect, it } from 'vitest';
import { hostsAround, revisionServing } from '../../../src/domain/serving/hosts.js';
import { route, routeChange, stateWith } from '../../builders/log.js';

const state = stateWith(route('app.example.com'), route('*.example.com'));

describe('the route that serves a host', () => {
  it('is that of its exact name, else that of the wildcard one label above', () => {
    const [exact, wildcard] = [revisionServing(state, 'app.example.com'), revisionServing(state, 'b.example.com')];
    expect(exact).not.toBeNull();
    expect(wildcard).not.toBeNull();
    expect(exact).not.toBe(wildcard);
    expect(revisionServing(state, 'a.b.example.com')).toBeNull();
  });
});

describe('the hosts around a change', () => {
  it('are those before and after it, once each, and the name itself where there is no route', () => {
    const changes = [
      routeChange(null, route('new.example.com')),
      routeChange(route('app.example.com'), null),
      routeChange(route('*.example.com'), route('*.example.com', { headers: { 'X-A': '1' } })),
    ];
    const names = ['new.example.com', 'app.example.com', '*.example.com', 'nowhere.example.com'];
    expect(hostsAround(state, changes, names)).toEqual(names);
  });
});
