import type { ProxyDocument, ProxySettings } from '../../domain/caddy/document.js';
import { appendInverse } from '../commit/append-inverse.js';
import { type Generation, type Position, undoId } from '../../domain/log/commit.js';
import { withIgnored } from '../../domain/drift/ignored.js';
import { isClaim, type Claim } from '../../domain/drift/claims.js';
import type { ProxyDrift } from '../../domain/drift/hosts.js';
import type { EventLog, LogView } from '../../ports/event-log.js';
import { Failure } from '../../ports/failure.js';
import type { Proxy } from '../../ports/proxy.js';
import type { Converged, Refusing, Undone } from '../../workflows/contracts/plan.js';
import { coalesce } from './coalesce.js';
import { foreignAdvice, lineage, type Lineage } from './lineage.js';
import { proxyDrift } from './proxy-drift.js';
import { traceToken } from '../../domain/caddy/visits/trace.js';
import { compilerOf, proxyDocument, traceKeyOf, type DocumentSources } from './proxy-document.js';
import { findRefusedCommit, refusesAnything } from './refused-commit.js';

/** Writes the log's state to the proxies. One per worker; any number of workers may run. */
export interface Converger {
  /** Writes every reachable proxy up to `position` or later, and returns whether commit `id` is still in force. Shares writes with other callers. */
  converge(id: string, position: Position): Promise<Converged>;
  /**
   * Does the same for the undo of commit `sequence`; proxies that are unreachable or refuse for reasons of their own do not
   * stop it, unless they serve the commit.
   */
  convergeUndo(sequence: number): Promise<Undone>;
  /**
   * Writes the named proxies that have drifted, and returns their names, with what servers of others lost. `takes`: they may lose
   * the addresses of Hecate's server. Throws `unavailable` when a proxy does not answer.
   */
  repair(names: readonly string[], options?: { readonly takes?: boolean }): Promise<readonly string[]>;
  /** Returns each proxy's differences from the log; null: it does not answer. */
  drift(): Promise<readonly { readonly proxy: string; readonly differences: readonly ProxyDrift[] | null }[]>;
  /** Writes every proxy up to the log's head, for start-up and repair. Throws when none takes it. */
  convergeHead(): Promise<Left>;
  /** Returns the document that the log wants in each proxy. */
  wanted(): Promise<readonly { readonly proxy: Proxy; readonly document: ProxyDocument }[]>;
  /** Returns the token of a traced visit to a generation of a proxy that begins before `expiresAt` (seconds since 1970); null: it traces none. */
  traceToken(name: string, generation: Generation, expiresAt: number): string | null;
}

/** The proxies that were not written: unreachable ones, and those that refuse for a reason of their own. */
export interface Left {
  readonly behind: readonly string[];
  readonly refusing: readonly Refusing[];
}

/** Dependencies for converging. */
export interface ConvergerDependencies extends DocumentSources {
  readonly log: EventLog;
  readonly proxies: readonly { readonly proxy: Proxy; readonly settings: ProxySettings }[];
  readonly now: () => string;
  /** Returns true for a generation that a restore of the log replaced, which is written over. Absent: none was. */
  readonly isReplaced?: (generation: Generation) => boolean;
  /** Called when a proxy was written although the log had not changed, with the reason as a clause. Absent: nobody wants to know. */
  readonly onRepaired?: (proxy: string, why: string) => void;
  /** Returns how many operations will converge within a moment. */
  readonly approaching: () => number;
}

/**
 * Condition for writing a proxy: older than the log, also when made by another compiler version or settings, or always; then
 * servers of others may lose the addresses of Hecate's server.
 */
type WritesWhen = 'older' | 'made otherwise' | 'always' | 'always, with claims';

const MAX_ROUNDS = 200;

/** Creates the converger of these proxies. */
export function createConverger(deps: ConvergerDependencies): Converger {
  const gates = deps.proxies.map(({ proxy, settings }) => {
    // Only at the first look: two workers of different versions would overwrite each other for ever.
    let isFirst = true;
    const run = async () => {
      await convergeProxy(deps, proxy, settings, isFirst ? 'made otherwise' : 'older');
      isFirst = false;
    };
    return { proxy, run: coalesce(run, deps.approaching) };
  });
  const attempt = async (): Promise<Left & { readonly failures: readonly Failure[] }> => {
    const results = await Promise.allSettled(gates.map((gate) => gate.run()));
    const isOwn = (error: unknown, proxy: Proxy) =>
      error instanceof Failure && error.kind === 'denied' && error.details.system === proxy.name;
    const failed = gates.flatMap(({ proxy }, index) => {
      const result = results[index];
      return result?.status === 'rejected' ? [{ proxy, error: result.reason as unknown }] : [];
    });
    const fatal = failed.find(
      ({ proxy, error }) => !isOwn(error, proxy) && !(error instanceof Failure && error.kind === 'unavailable'),
    );
    if (fatal) throw fatal.error;
    const refusing = failed.filter(({ proxy, error }) => isOwn(error, proxy));
    return {
      behind: failed.filter((one) => !refusing.includes(one)).map(({ proxy }) => proxy.name),
      refusing: refusing.map(({ proxy, error }) => ({ proxy: proxy.name, message: sentencesOf(error as Failure) })),
      failures: failed.map(({ error }) => error as Failure),
    };
  };
  const convergeHead = async (): Promise<Left> => {
    const { failures, ...left } = await attempt();
    // Report a proxy that answered before those that did not.
    const worst = failures.find(({ kind }) => kind === 'denied') ?? failures[0];
    if (failures.length === gates.length && worst) throw worst;
    return left;
  };
  return {
    convergeHead,
    drift: () =>
      Promise.all(
        deps.proxies.map(async (one) => ({ proxy: one.proxy.name, differences: await proxyDrift(deps, one) })),
      ),
    async wanted() {
      const { state, logId } = await deps.log.view();
      return Promise.all(
        deps.proxies.map(async ({ proxy, settings }) => {
          return { proxy, document: await proxyDocument(deps, state, { settings, logId, mayLack: true }) };
        }),
      );
    },
    traceToken(name, generation, expiresAt) {
      const settings = deps.proxies.find(({ proxy }) => proxy.name === name)?.settings ?? {};
      const key = traceKeyOf(deps.sha256, settings, generation);
      return key && traceToken(key, expiresAt);
    },
    async repair(names, { takes = false } = {}) {
      const repaired = await Promise.all(
        deps.proxies.map(async (one) => {
          if (!names.includes(one.proxy.name)) return [];
          const differences = await proxyDrift(deps, one);
          if (differences === null) throw silent(one.proxy);
          if (differences.length === 0) return [];
          const taken = await convergeProxy(
            deps,
            one.proxy,
            one.settings,
            takes && differences.some(isClaim) ? 'always, with claims' : 'always',
          );
          const lost = taken.map(({ server, address }) => `server ${server} lost ${address}`).join(', ');
          const count = differenceCount(differences.length);
          deps.onRepaired?.(one.proxy.name, lost === '' ? count : `${count}; ${lost}`);
          return [lost === '' ? one.proxy.name : `${one.proxy.name} (${lost})`];
        }),
      );
      return repaired.flat();
    },
    async converge(id) {
      try {
        const left = await convergeHead();
        const undone = await deps.log.find(undoId(id));
        if (undone?.message.type !== 'committed') return { kind: 'live', ...left };
        return { kind: 'refused', message: undone.message.reason ?? 'undone by another operation' };
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        if (error.kind === 'lost') return { kind: 'lost', message: error.message };
        const isOfProxy = gates.some(({ proxy }) => proxy.name === error.details.system);
        if (error.kind === 'denied' && isOfProxy) return { kind: 'refused', message: sentencesOf(error) };
        throw error;
      }
    },
    async convergeUndo(sequence) {
      try {
        const { behind, refusing } = await attempt();
        // A proxy that never took the commit has nothing to undo.
        for (const { proxy, message } of refusing) {
          const served = await gates.find((gate) => gate.proxy.name === proxy)?.proxy.current();
          if ((served?.generation?.sequence ?? 0) < sequence) continue;
          return { kind: 'stuck', message: `${proxy} still serves commit ${sequence}. ${message}` };
        }
        return { kind: 'undone', behind, ...(refusing.length === 0 ? {} : { refusing }) };
      } catch (error) {
        if (!(error instanceof Failure) || error.kind === 'unavailable') throw error;
        return { kind: 'stuck', message: sentencesOf(error) };
      }
    },
  };
}

function differenceCount(count: number): string {
  return `${count} difference${count === 1 ? '' : 's'} from the log`;
}

function sentencesOf({ message, details: { hint } }: Failure): string {
  return hint === undefined ? message : `${message}. ${hint}`;
}

function silent({ name, address }: Proxy): Failure {
  return new Failure('unavailable', `${name} at ${address} does not answer`, {
    system: name,
    hint: 'Look at: hecate status',
  });
}

async function convergeProxy(
  deps: ConvergerDependencies,
  proxy: Proxy,
  settings: ProxySettings,
  when: WritesWhen,
): Promise<readonly Claim[]> {
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const [{ generation, guard }, view] = await Promise.all([proxy.current(), deps.log.view()]);
    const relation = generation ? await relationTo(deps, generation, view) : { kind: 'older' as const, view };
    if (relation.kind === 'foreign') {
      throw new Failure('lost', `${proxy.name}: ${relation.message}. ${foreignAdvice(proxy, relation)}`);
    }
    const isSameCommit = relation.kind === 'current';
    const isCurrent = isSameCommit && isSettled(when, generation, compilerOf(deps.sha256, settings));
    if (isCurrent && generation?.missingSecrets === undefined) return [];
    const { logId, state } = relation.view;
    // A proxy without a configuration gets one with secrets missing; one that serves keeps its configuration.
    const mayLack = generation === null || isCurrent;
    const document = await withOthers(proxy, await proxyDocument(deps, state, { settings, logId, mayLack }), settings);
    if (isCurrent && document.generation.missingSecrets === generation?.missingSecrets) return [];
    const result = await proxy.write(document, guard, { takes: when === 'always, with claims' });
    if (result.kind === 'written') {
      const why = otherReason(when, generation, isSameCommit);
      if (why !== null && state.head !== null) deps.onRepaired?.(proxy.name, why);
      return result.taken ?? [];
    }
    if (result.kind === 'refused') {
      if (result.isOwnReason) throw refusesAnything(proxy, `refuses its configuration: ${result.message}`);
      const culprit = await findRefusedCommit({
        log: deps.log,
        proxy,
        document: (prefix) => proxyDocument(deps, prefix, { settings, logId, mayLack }),
        generation,
        message: result.message,
      });
      if (culprit === 'moved') continue;
      await appendInverse(deps, culprit.commit, `${proxy.name} refused it: ${culprit.message}`);
    }
  }
  throw new Failure(
    'unavailable',
    `gave up after ${MAX_ROUNDS} attempts: others keep changing the configuration of ${proxy.name} at ${proxy.address}`,
  );
}

/** Returns why a proxy was written other than for a commit; null: for a commit or a secret, or a repair that says so itself. */
function otherReason(when: WritesWhen, generation: Generation | null, isSameCommit: boolean): string | null {
  if (generation === null) return 'it had no configuration of Hecate';
  return isSameCommit && when === 'made otherwise' && generation.missingSecrets === undefined
    ? 'another version or other settings had made its configuration'
    : null;
}

/** Returns the relation of a generation to the log. One that a restore replaced is older, whatever log and place it names. */
async function relationTo(deps: ConvergerDependencies, generation: Generation, view: LogView): Promise<Lineage> {
  const relation = await lineage(deps.log, generation, view);
  return relation.kind === 'foreign' && deps.isReplaced?.(generation) === true ? { kind: 'older', view } : relation;
}

/** Returns the document with the current values of the fields that others may set. */
async function withOthers(
  proxy: Proxy,
  document: ProxyDocument,
  { ignored = [] }: ProxySettings,
): Promise<ProxyDocument> {
  if (ignored.length === 0) return document;
  return { ...document, server: withIgnored(document.server, await proxy.configured(), ignored) };
}

/** `compiler`: that of a document made now. */
function isSettled(when: WritesWhen, generation: Generation | null, compiler: string): boolean {
  return when === 'older' || (when === 'made otherwise' && generation?.compiler === compiler);
}
