/** The import rules of the design, one line each. */
const only = (name, from, allowed) => ({
  name,
  severity: 'error',
  from: { path: `^src/${from}/` },
  to: { path: '^(src|node_modules|[a-z:_/]+$)', pathNot: allowed, dependencyTypesNot: ['type-only'] },
});
const never = (name, from, to) => ({ name, severity: 'error', from: { path: from }, to: { path: to } });

/** Folders of a layer in their order: each may import only those before it. */
const inOrder = (layer, folders) =>
  folders
    .slice(0, -1)
    .map((folder, index) =>
      never(
        `${layer}-${folder}-is-below`,
        `^src/${layer}/${folder}/`,
        `^src/${layer}/(${folders.slice(index + 1).join('|')})/`,
      ),
    );

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    only('domain-is-pure', 'domain', ['^src/domain/', 'node_modules/zod/']),
    only('operations-are-pure', 'operations', ['^src/(domain|operations)/', 'node_modules/zod/']),
    only('workflows-are-deterministic', 'workflows', [
      '^src/workflows/',
      '^src/domain/data/json',
      '^src/domain/alerts/delivery',
      '^src/domain/log/(commit|later-change)',
      '^src/domain/values/environment-name',
      '^src/domain/drift/repaired',
      '^src/domain/identity/patience',
      '@temporalio/workflow',
      '@temporalio/common',
    ]),
    only('ports-are-contracts', 'ports', ['^src/(domain|ports)/']),
    only('activities-over-ports', 'activities', [
      '^src/(activities|operations|domain|ports)/',
      '^src/workflows/contracts/',
      '@temporalio/(activity|common)',
    ]),
    ...inOrder('domain', [
      ...[
        'data',
        'values',
        'traffic',
        'middleware',
        'secrets',
        'resources',
        'log',
        'trust',
        'audit',
        'canary',
        'identity',
      ],
      ...[
        'serving',
        'drift',
        'manifests',
        'caddy',
        'lint',
        'import-caddy',
        'backup',
        'dns',
        'debug',
        'why',
        'health',
        'alerts',
      ],
    ]),
    never('rules-below-operations', '^src/operations/rules/', '^src/operations/(?!rules/|[^/]+$)'),
    never('operations-apart', '^src/operations/(?!rules/)([^/]+)/', '^src/operations/(?!$1/|rules/|[^/]+$)'),
    never('adapters-know-no-core', '^src/adapters/', '^src/(workflows|operations|activities|worker|client|stack)/'),
    never(
      'adapters-apart',
      '^src/adapters/([^/]+)/',
      '^src/adapters/(?!$1/|memory/|files/|outgoing/|traffic/|log/nats/login-refusals)',
    ),
    never('stack-below', '^src/stack/', '^src/(workflows|operations|activities|worker|client)/'),
    never('notary-apart', '^src/notary/', '^src/(workflows|operations|activities|worker|client)/'),
    never('nothing-imports-notary', '^src/(?!notary/)', '^src/notary/'),
    never('worker-not-client', '^src/worker/', '^src/client/'),
    never('client-not-worker', '^src/client/', '^src/worker/'),
    never('nothing-imports-tests', '^src/', '^test/'),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
