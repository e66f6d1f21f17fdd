import { readFolder, prerequisiteProblems } from '../../adapters/manifests/index.js';
import { lintRules } from '../../domain/lint/lint.js';
import { problemTitles } from '../../domain/manifests/problems.js';
import { nearest } from '../../domain/data/nearest.js';
import { isRepositoryUrl } from '../../domain/values/network/repository-url.js';
import { stripCredentials } from '../../domain/values/redaction.js';
import type { State } from '../../domain/log/state.js';
import { Failure } from '../../ports/failure.js';
import { loadConnections } from '../../stack/load-connections.js';
import { print } from '../print/output.js';
import { describedBy } from '../../domain/manifests/exported.js';
import { look } from '../reads/reading.js';
import { noManifests } from '../run/manifests-of.js';
import { toStderr } from '../print/visible.js';
import { findingsOf, type Finding } from './findings.js';
import { sarifOf, sarifOfError } from './sarif.js';

/** Options of `update validate`. */
export interface ValidateOptions {
  readonly fromGit: string;
  readonly ignore?: readonly string[];
  /** Exits with 2 on warnings too. */
  readonly strict?: boolean;
  /** Does not read the log. */
  readonly offline?: boolean;
  readonly output: 'table' | 'json' | 'yaml' | 'sarif';
}

/** Prints all findings of a folder of manifests. Returns the exit code: 0 or 2. */
export async function validate(options: ValidateOptions): Promise<number> {
  try {
    return await check(options);
  } catch (error) {
    // Readers of SARIF must be able to tell “no findings” from “not checked”.
    if (options.output === 'sarif' && error instanceof Failure) {
      await print('json', sarifOfError(error.message), () => '');
    }
    throw error;
  }
}

async function check(options: ValidateOptions): Promise<number> {
  if (isRepositoryUrl(options.fromGit)) throw noFolder(options.fromGit);
  const ignored = ignoredCodes(options.ignore ?? []);
  const held = options.offline ? null : await heldByLog();
  const others = held === null ? [] : describedBy(held);
  const read = readFolder(options.fromGit, (kind) => others.filter((one) => one.kind === kind).map(({ name }) => name));
  if (read.resources.length + read.problems.length === 0) throw noManifests(options.fromGit);
  const source = held === null ? read : { ...read, problems: [...read.problems, ...prerequisiteProblems(read, held)] };
  const findings = findingsOf(source, others, ignored);
  const count = (severity: Finding['severity']) => findings.filter((one) => one.severity === severity).length;
  const [errors, warnings, infos] = [count('error'), count('warning'), count('info')];
  await show(options, findings, { files: source.files, resources: source.resources.length, errors, warnings, infos });
  toStderr(
    `${counted(source.files, 'file')}, ${counted(source.resources.length, 'resource')}: ` +
      `${counted(errors, 'error')}, ${counted(warnings, 'warning')}, ${counted(infos, 'info')}` +
      ` (references looked up in the folder${held === null ? ' alone' : ' and the log'})`,
  );
  return errors > 0 || (options.strict && warnings > 0) ? 2 : 0;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function noFolder(url: string): Failure {
  return new Failure('invalid', `--from-git ${stripCredentials(url)} is a URL, not a folder`, {
    hint: 'Give a clone of the repository. To see what the repository would change: hecate update apply --from-git URL --dry-run',
  });
}

/** Returns the codes to ignore. Throws `invalid` for errors: an apply would refuse them anyway. */
function ignoredCodes(codes: readonly string[]): ReadonlySet<string> {
  for (const code of codes) {
    const rule = lintRules.find((one) => one.code === code);
    if (rule !== undefined && rule.severity !== 'error') continue;
    if (rule !== undefined || code in problemTitles) {
      throw new Failure('invalid', `--ignore ${code}: errors cannot be ignored: an apply would refuse them`);
    }
    const close = nearest(
      code,
      lintRules.map((one) => one.code),
    );
    throw new Failure('invalid', `--ignore ${code}: there is no such code${close ? `; did you mean ${close}?` : ''}`, {
      hint: 'See: hecate update validate --help',
    });
  }
  return new Set(codes);
}

/** Returns the state of the log; null where there is none or it does not answer. */
async function heldByLog(): Promise<State | null> {
  if (!loadConnections(process.env)) return null;
  try {
    return (await look(undefined)).state;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    toStderr(`warning: could not read the log: ${error.message}`);
    return null;
  }
}

async function show({ output, fromGit }: ValidateOptions, findings: readonly Finding[], totals: object): Promise<void> {
  if (output === 'sarif') return print('json', sarifOf(findings), () => '');
  await print(output, { folder: fromGit, ...totals, findings }, () => findings.map(drawn).join('\n') || 'no findings');
}

function drawn({ path, line, column, severity, code, message, text }: Finding): string {
  const where = line === 0 ? path : `${path}:${line}:${column}`;
  const head = `${where}: ${severity} ${code}: ${message}`;
  if (line === 0) return head;
  const margin = text.slice(0, column - 1).replace(/[^\t]/g, ' ');
  return `${head}\n    ${text}\n    ${margin}^`;
}
