import { z } from 'zod';
import type { GitRequest, GitTree } from '../../adapters/git/git-repository.js';
import { isManifestPath, readFilesInTurns } from '../../adapters/manifests/index.js';
import { desiredParser, type Desired, parseHandedOver } from '../../domain/manifests/desired.js';
import { isSame } from '../../domain/data/fields.js';
import { USUAL_FOLDER } from '../../domain/manifests/limits.js';
import { formOf, type ManifestResource } from '../../domain/manifests/manifest.js';
import type { ManifestKind } from '../../domain/resources/kinds.js';
import { stripCredentials } from '../../domain/values/redaction.js';
import { all, type State } from '../../domain/log/state.js';
import type { Blobs } from '../../ports/blobs.js';
import type { LogReader } from '../../ports/event-log.js';
import { Failure } from '../../ports/failure.js';
import type { Manifests } from '../../ports/manifests.js';

/** Dependencies for reading manifests. */
export interface ManifestReaders {
  readonly log: LogReader;
  readonly blobStaging: Blobs;
  /** Reads the manifests of one commit of a repository. */
  readonly repository: (request: Pick<GitRequest, 'url' | 'ref' | 'commit'>) => Promise<GitTree>;
  readonly sha256: (text: string) => string;
}

const USUAL_PREFIX = `${USUAL_FOLDER}/`;

/** Time for cloning and reading a repository; planning an operation has 40 s. */
const LONGEST_READING_MS = 34_000;

/** Returns true when a file of a repository may be a manifest. */
export function isGitManifest(path: string): boolean {
  return isManifestPath(path.startsWith(USUAL_PREFIX) ? path.slice(USUAL_PREFIX.length) : path);
}

/** Returns true when a folder of a repository may contain manifests. */
export function isGitFolder(path: string): boolean {
  return isGitManifest(`${path}/any.yaml`);
}

/** Creates the reader of manifests from Git and from clients. It validates what clients hand over again, since any holder of a credential can. */
export function createManifests(readers: ManifestReaders): Manifests {
  return {
    read: (location) => (location.kind === 'staged' ? staged(readers, location.hash) : fromGit(readers, location)),
  };
}

async function fromGit(
  { log, repository, sha256 }: ManifestReaders,
  location: { readonly url: string; readonly commit: string | null },
): Promise<Desired> {
  const begun = performance.now();
  const [url = '', fragment = ''] = location.url.split('#', 2);
  const ref = fragment === '' ? null : fragment;
  const [{ state }, tree] = await Promise.all([log.view(), repository({ url, ref, commit: location.commit })]);
  const { files, refused } = usualPart(tree);
  const { resources, problems } = await readFilesInTurns(files, {
    known: (kind) => all(state, kind).map((held) => held.name),
    onTurn: () => {
      if (performance.now() - begun > LONGEST_READING_MS) throw tooSlow(url);
    },
  });
  const name = stripCredentials(url);
  const asserted = resources.filter(({ kind }) => formOf(kind).missingPrerequisite !== undefined);
  const places = asserted.map(({ kind, name: identity, at }) => [`${kind}/${identity}`, positionText(at)] as const);
  const wanted = resources.map(({ kind, name: identity, value }) => ({ kind, name: identity, value }));
  return {
    source: { name, repository: name, ref, sha: tree.sha, head: tree.head, digest: sha256(JSON.stringify(wanted)) },
    resources: wanted as Desired['resources'],
    positions: Object.fromEntries(places),
    problems: [
      ...refused.map(({ path, code, why }) => `${path}: ${code} ${why}`),
      ...problems.map(({ at, code, message }) => `${positionText(at)}: ${code} ${message}`),
    ],
  };
}

function tooSlow(url: string): Failure {
  const message = `reading the manifests of ${stripCredentials(url)} takes more than ${LONGEST_READING_MS / 1000} s`;
  return new Failure('unavailable', message, {
    hasWaited: true,
    hint: 'Split the manifests into several repositories.',
  });
}

/** Returns the files of `.hecate/` when the repository has one, even an empty one or a link; else all files. */
function usualPart({ files, refused }: Pick<GitTree, 'files' | 'refused'>): Pick<GitTree, 'files' | 'refused'> {
  const isUsual = ({ path }: { readonly path: string }) => `${path}/`.startsWith(USUAL_PREFIX);
  if (![...files, ...refused].some(isUsual)) return { files, refused };
  const inside = <T extends { readonly path: string }>(all: readonly T[]) =>
    all.filter(isUsual).map((one) => ({ ...one, path: one.path.slice(USUAL_PREFIX.length) || one.path }));
  return { files: inside(files), refused: inside(refused) };
}

async function staged({ log, blobStaging }: ManifestReaders, hash: string): Promise<Desired> {
  const [{ state }, handedOver] = await Promise.all([log.view(), blobStaging.get(hash)]);
  if (handedOver === null) {
    const hint = 'Run the command again.';
    throw new Failure('invalid', 'the manifests that the client handed over have expired; they are kept for an hour', {
      hint,
    });
  }
  try {
    const { source, resources } = parseHandedOver(handedOver);
    return { source, resources: unique(resources.map(knownOrParsed(state))), problems: [] };
  } catch (cause) {
    throw new Failure('invalid', `the manifests that the client handed over are not valid: ${firstIssue(cause)}`, {
      cause,
    });
  }
}

/** Skips validation of resources that the log already has with the same value; most are. */
function knownOrParsed(state: State): (resource: Readonly<Record<string, unknown>>) => ManifestResource {
  const parse = desiredParser();
  return (resource) => {
    const { kind, name, value } = resource as { kind: string; name?: unknown; value: unknown };
    const held = state.resources.get(`${kind as ManifestKind}/${String(name)}`)?.value;
    if (held === undefined || !('source' in held)) return parse(kind, value);
    const isKnown = isSame(held, value, 'source');
    // The log's own object, so that a later comparison is immediate.
    return isKnown ? ({ kind, name, value: held } as ManifestResource) : parse(kind, value);
  };
}

function unique(resources: readonly ManifestResource[]): readonly ManifestResource[] {
  const seen = new Set<string>();
  for (const { kind, name } of resources) {
    if (seen.has(`${kind}/${name}`)) throw new Error(`${kind} ${name} occurs twice`);
    seen.add(`${kind}/${name}`);
  }
  return resources;
}

/** Returns the first problem in words, without the value. */
function firstIssue(cause: unknown): string {
  if (!(cause instanceof z.ZodError)) return cause instanceof Error ? cause.message : String(cause);
  const [issue] = cause.issues;
  return `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid value'}`;
}

function positionText({ path, line, column }: { path: string; line: number; column: number }): string {
  return line === 0 ? path : `${path}:${line}:${column}`;
}
