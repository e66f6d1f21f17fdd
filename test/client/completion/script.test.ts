import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { completionScript } from '../../../src/client/completion/script.js';

let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hecate-completion-'));
  // Answers each Tab with the words that it was given.
  writeFileSync(
    join(folder, 'hecate'),
    '#!/bin/sh\nshift\n[ "$*" = files ] && echo :file && exit\n[ "$*" = evil ] && echo \'file:///a $(touch b);`c`\' && exit\nprintf "+%s+\\tdescribed\\n" "$@"\n',
  );
  chmodSync(join(folder, 'hecate'), 0o755);
  writeFileSync(join(folder, 'a file'), '');
});

afterAll(() => rmSync(folder, { recursive: true }));

function inBash(words: string): string[] {
  const script = completionScript('bash', 'hecate', join(folder, 'hecate'));
  const run = `cd '${folder}'\nCOMP_WORDS=(${words}); COMP_CWORD=$((\${#COMP_WORDS[@]}-1)); _hecate; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync('bash', ['-c', `${script}\n${run}`], { encoding: 'utf8' })
    .trim()
    .split('\n');
}

it('asks the program, with all words up to the cursor, and shows values without their descriptions', () => {
  expect(inBash("hecate update route --domain ''")).toEqual(['+update+', '+route+', '+--domain+', '++']);
});

it('completes names of files where the program asks for that', () => {
  expect(inBash('hecate files')).toEqual(['']);
  expect(inBash("hecate files 'a'").slice(0, 1)).toEqual(['+files+']);
});

it('quotes values, so that the shell never runs a part of one', () => {
  expect(inBash('hecate evil')).toEqual(['file:///a\\ \\$\\(touch\\ b\\)\\;\\`c\\`']);
  expect(inBash("hecate read route --domain '\\*.exa'")).toEqual(['+read+', '+route+', '+--domain+', '+\\*.exa+']);
});

it.each(['bash', 'zsh', 'fish'])('has a script for %s that names the program', (shell) => {
  expect(completionScript(shell, 'hecate', "/opt/it's/hecate")).toContain("'/opt/it'\\''s/hecate' ".trim());
});

it('refuses a shell it does not know', () => {
  expect(() => completionScript('tcsh', 'hecate', '/hecate')).toThrow('no completion script exists for tcsh');
});
