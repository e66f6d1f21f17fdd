import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const lane = (name: string, include: string[], exclude: string[], timeout: number, globalSetup: string[] = []) => ({
  test: {
    name,
    include,
    exclude,
    globalSetup,
    setupFiles: ['test/property-seed.ts'],
    testTimeout: timeout,
    hookTimeout: timeout,
    pool: 'forks' as const,
    // What is waited for comes late on a busy machine.
    expect: { poll: { timeout: 15_000 } },
    // Published as ES modules without saying so.
    server: { deps: { inline: ['@goauthentik/api'] } },
  },
});

/** Files that wait for minutes, such as for an alert. They begin first, so that none is left alone at the end. */
const LONG =
  /(probation|delivered-alerts|alerts|own-keys|new-machine|docs|desired)\.e2e|operation\.flow|embedded-stack\.live/;

class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification) => LONG.test(moduleId);
    return [...sorted.filter(isLong), ...sorted.filter((one) => !isLong(one))];
  }
}

/** Three lanes: without servers, with the pinned test server, with real servers. */
export default defineConfig({
  test: {
    sequence: { sequencer: LongFirst },
    projects: [
      lane(
        'unit',
        ['test/**/*.test.ts'],
        ['test/**/*.flow.test.ts', 'test/**/*.live.test.ts', 'test/**/*.e2e.test.ts'],
        20_000,
      ),
      lane('flow', ['test/**/*.flow.test.ts'], [], 60_000),
      lane('live', ['test/**/*.live.test.ts'], [], 120_000, ['test/ensure-caddy.ts']),
      lane('e2e', ['test/**/*.e2e.test.ts'], [], 240_000, ['test/ensure-caddy.ts', 'test/ensure-nodes.ts']),
    ],
    // Each file with real servers has a stack of its own; on one core two would wait for each other all the same.
    maxWorkers: Math.min(4, Math.max(2, availableParallelism())),
  },
});
