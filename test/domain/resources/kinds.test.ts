import { describe, expect, it } from 'vitest';
import { changeOf } from '../../../src/domain/log/commit.js';
import { stateAfter } from '../../../src/domain/log/hypothetical.js';
import { emptyState } from '../../../src/domain/log/state.js';
import { usersOf } from '../../../src/domain/log/users.js';
import { withoutBookkeeping } from '../../../src/domain/log/commit.js';
import { definitionOf, kindsWithRole, referencesFrom, resourceKinds } from '../../../src/domain/resources/kinds.js';
import { plainRoute } from '../../../src/domain/resources/route.js';

const route = {
  ...plainRoute('app.example.com', 'app'),
  backupUpstream: 'standby',
  authPolicy: 'team',
  middleware: ['compression', 'basic-auth:crew'],
};

describe('the kinds of resources', () => {
  it('stand after the kinds that they may refer to', () => {
    for (const [index, kind] of resourceKinds.entries()) {
      for (const target of definitionOf(kind).refersTo) expect(resourceKinds.indexOf(target)).toBeLessThan(index);
    }
  });

  it('have one noun and one plural each', () => {
    const words = resourceKinds.map(definitionOf).flatMap(({ noun, plural }) => [noun, plural]);
    expect(new Set(words).size).toBe(words.length);
  });

  it('are left out of counts when they are bookkeeping', () => {
    const changes = resourceKinds.map((kind) => changeOf(kind, 'one', null, null) as never);
    const kept = withoutBookkeeping(changes).map(({ kind }) => kind);
    expect(resourceKinds.filter((kind) => !kept.includes(kind))).toEqual(kindsWithRole('bookkeeping'));
  });
});

describe('references', () => {
  it('name the resource and the field', () => {
    expect(referencesFrom('Route', route)).toEqual([
      { kind: 'Upstream', name: 'app', field: ['upstream'] },
      { kind: 'Upstream', name: 'standby', field: ['backupUpstream'] },
      { kind: 'AuthPolicy', name: 'team', field: ['authPolicy'] },
      { kind: 'Secret', name: 'crew', secretKind: 'basic-auth', field: ['middleware', 1] },
    ]);
  });

  it('leave out addresses', () => {
    expect(referencesFrom('Route', plainRoute('app.example.com', 'localhost:3000'))).toEqual([]);
  });

  it('tell who uses a resource, once each', () => {
    const both = stateAfter(emptyState, [
      changeOf('Route', 'b.example.com', null, { ...route, domain: 'b.example.com', backupUpstream: 'app' }),
      changeOf('Route', 'a.example.com', null, { ...route, domain: 'a.example.com' }),
    ]);
    expect(usersOf(both, 'Upstream', 'app')).toEqual(['a.example.com', 'b.example.com']);
    expect(usersOf(both, 'Upstream', 'standby')).toEqual(['a.example.com']);
    expect(usersOf(both, 'Secret', 'crew')).toEqual(['a.example.com', 'b.example.com']);
    expect(usersOf(both, 'Secret', 'other')).toEqual([]);
    expect(usersOf(both, 'Route', 'a.example.com')).toEqual([]);
  });
});
