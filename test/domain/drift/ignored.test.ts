import { describe, expect, it } from 'vitest';
import {
  isIgnorable,
  isIgnorableInIdentity,
  isIgnored,
  isInIdentity,
  withIgnored,
} from '../../../src/domain/drift/ignored.js';

describe('places that others may set', () => {
  it('are pointers into the server, but not into its routes', () => {
    for (const pointer of ['/read_timeout', '/logs/skip_hosts', '/a~1b']) expect(isIgnorable(pointer)).toBe(true);
    for (const pointer of ['', '/', 'read_timeout', '/routes', '/routes/3', '/named_routes/x']) {
      expect(isIgnorable(pointer), pointer).toBe(false);
    }
  });

  it('are what people see in authentik, and nothing that decides who may pass', () => {
    for (const pointer of ['/applications/*/name', '/applications/shop/meta_launch_url', '/flows/x/title']) {
      expect([isInIdentity(pointer), isIgnorableInIdentity(pointer)], pointer).toEqual([true, true]);
    }
    for (const field of ['provider', 'policy_engine_mode', 'bindings/group x', 'slug']) {
      expect(isIgnorableInIdentity(`/applications/*/${field}`), field).toBe(false);
    }
    for (const pointer of ['/applications', '/policies/*/expression', '/providers/*/skip_path_regex', '/outposts/*']) {
      expect(isIgnorableInIdentity(pointer), pointer).toBe(false);
    }
    expect(isInIdentity('/read_timeout')).toBe(false);
  });

  it('cover what lies beneath them, and nothing beside them', () => {
    expect(isIgnored('/logs/skip_hosts/0', ['/logs/skip_hosts'])).toBe(true);
    expect(isIgnored('/logs/skip_hosts_too', ['/logs/skip_hosts'])).toBe(false);
  });

  it('keep what was found there, and what is ours around it', () => {
    const found = { read_timeout: 5, logs: { skip_hosts: ['a'], other: 1 } };
    const ours = { listen: [':80'], logs: { default: 'x' } };
    expect(withIgnored(ours, found, ['/read_timeout', '/logs/skip_hosts', '/idle'])).toEqual({
      listen: [':80'],
      read_timeout: 5,
      logs: { default: 'x', skip_hosts: ['a'] },
    });
    expect(withIgnored(ours, null, ['/read_timeout'])).toEqual(ours);
  });
});
