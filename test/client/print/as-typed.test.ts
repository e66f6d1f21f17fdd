import { describe, expect, it } from 'vitest';
import { createProgram } from '../../../src/client/commands/program.js';
import { asTyped, firstWords } from '../../../src/client/print/as-typed.js';

describe('a command line in a message', () => {
  it.each([
    ['Change it with: hecate update route --domain a', 'Change it with: eos update hecate route --domain a'],
    ['hecate -o json list routes', 'eos -o json list hecate routes'],
    ['Start it: hecate up. Its state: hecate status', 'Start it: eos up hecate. Its state: eos status hecate'],
    ['Did you mean: eos create hecate route', 'Did you mean: eos create hecate route'],
    ['eos update hecate list', 'eos update hecate list'],
    ['the stream hecate-staging and hecate update-x', 'the stream hecate-staging and hecate update-x'],
    ['Hecate updates it when it answers', 'Hecate updates it when it answers'],
  ])('is as the user of eos types it: %s', (text, typed) => {
    expect(asTyped(text, 'eos')).toBe(typed);
    expect(asTyped(text, 'hecate')).toBe(text);
  });

  it('begins with a word of the program', () => {
    expect([...firstWords].sort()).toEqual(
      createProgram('hecate')
        .commands.map((command) => command.name())
        .sort(),
    );
  });
});
