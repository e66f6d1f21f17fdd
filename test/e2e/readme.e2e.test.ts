import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startStack, type TestStack } from './stack.js';

const readme = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8');
const commands = [...readme.matchAll(/^bin\/hecate (.+?)(?: {2,}#.*)?$/gm)]
  .map(([, command]) => command ?? '')
  .filter((command) => !/^(up|down)\b/.test(command));

let stack: TestStack;
beforeAll(() => {
  stack = startStack();
  // Some commands write where they are called.
  process.chdir(stack.home);
});
afterAll(() => stack.stop());

it('has every command in the order in which it works', () => {
  expect(commands.length).toBeGreaterThan(10);
  for (const command of commands) {
    const words = [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
    const { status, stderr } = stack.hecate(...words);
    expect(status, `${command}: ${stderr}`).toBe(0);
  }
});
