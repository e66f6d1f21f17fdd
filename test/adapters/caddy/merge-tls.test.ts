import { expect, it } from 'vitest';
import { mergeTls, prepareTls } from '../../../src/adapters/caddy/merge-tls.js';

const none = { loaded: [], automated: [], issuing: null };
const part = {
  loaded: [{ certificate: 'C', key: 'K', tags: ['hecate', 'hecate-f'] }],
  automated: ['a.example.com'],
  issuing: { issuers: [{ module: 'acme' }] },
};
const foreign = {
  certificates: { load_pem: [{ certificate: 'X', key: 'Y', tags: ['theirs'] }], automate: ['their.example.com'] },
  automation: { policies: [{ subjects: ['their.example.com'] }, { on_demand: true }] },
  cache: { capacity: 10 },
};

it('adds Hecate’s part to what others have, and takes exactly that away again', () => {
  const merged = mergeTls(foreign, part);
  expect(merged).toEqual({
    certificates: {
      load_pem: [...foreign.certificates.load_pem, ...part.loaded],
      automate: ['their.example.com', 'a.example.com'],
    },
    automation: {
      policies: [
        { '@id': 'hecate-acme', subjects: ['a.example.com'], issuers: [{ module: 'acme' }] },
        ...foreign.automation.policies,
      ],
    },
    cache: { capacity: 10 },
  });
  expect(mergeTls(merged, part)).toEqual(merged);
  expect(mergeTls(merged, none)).toEqual(foreign);
  expect(mergeTls({}, none)).toEqual({});
  expect(mergeTls(mergeTls({}, part), none)).toEqual({});
});

it('leaves a host alone that a policy of others names', () => {
  const theirs = { ...part, automated: ['their.example.com'] };
  expect(mergeTls(foreign, { ...theirs, loaded: [] })).toEqual(foreign);
  expect(prepareTls(foreign, theirs)).toBeNull();
});

it('leaves a host to others who ask for it too', () => {
  const both = { certificates: { automate: ['a.example.com'] } };
  expect(mergeTls(mergeTls(both, part), none)).toEqual(both);
});

it('puts hosts that are new to a public authority under the internal one first', () => {
  const prepared = prepareTls(foreign, part) ?? {};
  expect(prepared).toMatchObject({
    certificates: { automate: ['their.example.com', 'a.example.com'] },
    automation: { policies: [{ subjects: ['a.example.com'], issuers: [{ module: 'internal' }] }, {}, {}] },
  });
  expect(mergeTls(prepared, part)).toEqual(mergeTls(foreign, part));
  expect(prepareTls(prepared, part)).toBeNull();
});
