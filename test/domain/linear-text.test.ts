import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { nearest } from '../../src/domain/data/nearest.js';
import { gitFailure } from '../../src/adapters/git/git-failure.js';
import { readFiles } from '../../src/adapters/manifests/index.js';
import { timeOf } from '../../src/client/input/moment.js';
import { hasControls } from '../../src/client/input/origin.js';
import { asTyped } from '../../src/client/print/as-typed.js';
import { forPerson } from '../../src/client/print/painted.js';
import { visible } from '../../src/client/print/visible.js';
import { cutTo, displayWidth, wrapTo } from '../../src/client/print/width.js';
import { catalogue } from '../../src/operations/catalogue.js';
import { hostileTexts } from '../builders/hostile-texts.js';
import { superlinear } from '../builders/superlinear.js';

/** Every module that reads what people write, so that what is added later is tested too. */
const modules = await modulesIn('values', 'secrets', 'resources', 'middleware', 'manifests');

async function modulesIn(...folders: string[]): Promise<[string, Record<string, unknown>][]> {
  const root = join(import.meta.dirname, '../../src/domain');
  const below = (folder: string) => readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
  const files = folders.flatMap((folder) => below(folder).map((name) => `${folder}/${name}`));
  const sources = files.filter((file) => file.endsWith('.ts'));
  return Promise.all(sources.map(async (file) => [file, (await import(join(root, file))) as Record<string, unknown>]));
}

type Work = (text: string) => unknown;

/** Exported functions and schemas that take a text. Functions that want something else throw at once. */
const exported: [string, Work][] = modules.flatMap(([path, module]) =>
  Object.entries(module).flatMap(([name, value]): [string, Work][] => {
    const label = `${path} ${name}`;
    if (value instanceof z.ZodType) return [[label, (text) => value.safeParse(text)]];
    if (value instanceof RegExp) return [[label, (text) => new RegExp(value).test(text)]];
    return typeof value === 'function' && value.length >= 1 ? [[label, value as Work]] : [];
  }),
);

/** Fields with a syntax of Hecate's own. */
const OF_OWN_SYNTAX = /route\.create (?:middleware|upstream|headers)$|fromGit$/;

/** Every field of every operation's input, as a text, a list and a record. */
const fields: [string, Work][] = catalogue.flatMap((operation) =>
  Object.entries(operation.input.shape as Record<string, z.ZodType>).map(([name, field]): [string, Work] => [
    `${operation.key} ${name}`,
    (text) => [field.safeParse(text), field.safeParse([text]), field.safeParse({ [text]: text })],
  ]),
);

const printed: [string, Work][] = Object.entries({
  visible,
  asTyped: (text: string) => asTyped(text, 'eos'),
  forPerson,
  displayWidth,
  hasControls,
  timeOf: (text: string) => timeOf(text, new Date(0)),
  cutTo: (text: string) => cutTo(text, 80),
  wrapTo: (text: string) => wrapTo(text, 80),
  nearest: (text: string) => nearest(text, ['upstream', 'a'.repeat(253)]),
  gitFailure: (text: string) => gitFailure({ stderr: text, message: text, isLate: false }, text, 1_000),
});

const document = (spec: string) =>
  `apiVersion: hecate.io/v1\nkind: Route\nmetadata: {name: a}\nspec:\n  domain: a.example.com\n${spec}`;

const manifests: [string, Work][] = Object.entries({
  'a manifest': (text: string) => text,
  'an unknown field': (text: string) => document(`  ${JSON.stringify(text)}: 1\n`),
  'a value': (text: string) => document(`  upstream: ${JSON.stringify(text)}\n`),
  'an item': (text: string) => document(`  middleware: [${JSON.stringify(text)}]\n`),
  'a kind': (text: string) => `apiVersion: hecate.io/v1\nkind: ${JSON.stringify(text)}\n`,
  'a plain scalar': (text: string) => document(`  upstream: ${text}\n`),
  'a plain key': (text: string) => document(`  ${text}: 1\n`),
}).map(([name, textOf]): [string, Work] => [name, (text) => readFiles([{ path: 'a.yaml', text: textOf(text) }])]);

describe('a long text takes time proportional to its length', () => {
  it.each(exported)('in %s', (_name, work) => {
    expect(superlinear(work, hostileTexts({ begin: false }))).toEqual([]);
  });

  it.each(fields)('in the field %s', (name, work) => {
    expect(superlinear(work, hostileTexts({ begin: OF_OWN_SYNTAX.test(name) }))).toEqual([]);
  });

  it.each(printed)('in what is printed: %s', (_name, work) => {
    expect(superlinear(work, hostileTexts({ begin: false }))).toEqual([]);
  });

  it.each(manifests)('in %s', { timeout: 60_000 }, (_name, work) => {
    expect(superlinear(work, hostileTexts({ begin: false }))).toEqual([]);
  });
});
