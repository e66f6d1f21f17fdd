import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { natsUsers } from '../../src/stack/components/nats-config.js';
import { componentNames, homeLayout } from '../../src/stack/home-layout.js';
import { choosePorts } from '../../src/stack/settings/ports.js';

const root = join(import.meta.dirname, '../..');
const pageFile = join(root, 'docs/explanation/threat-model.md');
const page = readFileSync(pageFile, 'utf8');
const named = new Set([...page.matchAll(/`([^`\n]+)`/g)].map(([, name]) => name));

describe('docs/explanation/threat-model.md', () => {
  it('names tests that exist', () => {
    const wrong = testsOf(page).filter(({ title, file }) => !existsSync(file) || !titlesIn(file).has(title));
    expect(wrong.map(({ title, file }) => `${relative(root, file)}: ${title}`)).toEqual([]);
  });

  it('has a test for each line of its tables', () => {
    const lines = page.split('\n').filter((line) => line.startsWith('| ') && !/^\| -|\| test\s*\|$/.test(line));
    expect(lines.length).toBeGreaterThan(80);
    expect(lines.filter((line) => testsOf(line).length === 0)).toEqual([]);
  });

  it('names every port of the stack', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hecate-ports-'));
    const ports = await choosePorts(join(folder, 'ports.json'), { mode: 'auto', named: {} }, []);
    rmSync(folder, { recursive: true });
    expect(Object.keys(ports).filter((name) => !named.has(name))).toEqual([]);
  });

  it('names every file and folder that the code knows in a home', () => {
    const { home, natsSeed, log, ...others } = homeLayout('/home');
    const paths = [...Object.values(others), ...natsUsers.map(natsSeed), ...componentNames.map(log)];
    const missing = paths
      .map((path) => relative(home, path))
      .filter(
        (path) => !named.has(path) && !named.has(`${path}/`) && !(path.startsWith('logs/') && named.has('logs/')),
      );
    expect(missing).toEqual([]);
  });

  it('names every setting that holds a credential', () => {
    const settings = readFileSync(join(root, 'docs/reference/settings.md'), 'utf8');
    const names = [...settings.matchAll(/`(HECATE_\w*(?:KEY|SEED|TOKEN|ID|CREDENTIALS|PASSWORD|SECRET)_FILE)`/g)];
    expect(names.length).toBeGreaterThan(8);
    expect(names.map(([, name]) => name).filter((name) => !named.has(name))).toEqual([]);
  });
});

interface NamedTest {
  readonly title: string;
  readonly file: string;
}

/** Returns the tests that a text links: the title, and the file of the test. */
function testsOf(text: string): NamedTest[] {
  return [...text.matchAll(/\[([^\]]+)\]\((\.\.\/[^)\s]+\.test\.ts)\)/g)].map(([, title = '', path = '']) => ({
    title,
    file: join(dirname(pageFile), path),
  }));
}

const titles = new Map<string, ReadonlySet<string>>();

/** Returns the titles of a file's tests as its source has them, with placeholders such as `%s`. */
function titlesIn(file: string): ReadonlySet<string> {
  const known = titles.get(file);
  if (known !== undefined) return known;
  const found = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && isTest(node.expression)) {
      const [title] = node.arguments;
      if (title !== undefined && ts.isStringLiteralLike(title)) found.add(title.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest));
  titles.set(file, found);
  return found;
}

/** Returns true for `it` and `test`, also with `.each(…)`, `.runIf(…)` and the like. A skipped test shows nothing. */
function isTest(node: ts.Expression): boolean {
  if (ts.isIdentifier(node)) return node.text === 'it' || node.text === 'test';
  if (ts.isPropertyAccessExpression(node)) return !['skip', 'todo'].includes(node.name.text) && isTest(node.expression);
  return ts.isCallExpression(node) && isTest(node.expression);
}
