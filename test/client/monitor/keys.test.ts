import { describe, expect, it } from 'vitest';
import { pressed, type Key } from '../../../src/client/monitor/keys.js';
import { usualChoices, type Choices } from '../../../src/client/monitor/view.js';

const shown = { domains: ['a', 'b', 'c'], page: 2 };
const press = (choices: Choices, ...keys: readonly (string | Key)[]) =>
  keys.reduce<Choices>((now, key) => {
    const next = pressed(now, typeof key === 'string' ? { name: key, sequence: key } : key, shown);
    if (typeof next === 'string') throw new Error(next);
    return next;
  }, choices);

it('quits on q and Ctrl-C, and suspends on Ctrl-Z', () => {
  expect(pressed(usualChoices, { name: 'q', sequence: 'q' }, shown)).toBe('quit');
  expect(pressed({ ...usualChoices, isTyping: true }, { name: 'c', ctrl: true, sequence: '\u0003' }, shown)).toBe(
    'quit',
  );
  expect(pressed(usualChoices, { name: 'z', ctrl: true, sequence: '\u001a' }, shown)).toBe('suspend');
  expect(pressed(usualChoices, { name: 'u', sequence: 'u' }, shown)).toBe('look');
});

it('goes through the orders and round', () => {
  expect(press(usualChoices, 's').sort).toBe('errors');
  expect(press(usualChoices, 'S').sort).toBe('name');
  expect(press(usualChoices, 'r').isReversed).toBe(true);
});

it('selects within the list', () => {
  expect(press(usualChoices, 'up').selected).toBe(0);
  expect(press(usualChoices, 'down', 'down', 'down', 'down').selected).toBe(2);
  expect(press(usualChoices, 'pagedown', 'pageup').selected).toBe(0);
  expect(press(usualChoices, 'end').selected).toBe(2);
});

it('opens and closes the details of one route and of all', () => {
  const opened = press(usualChoices, 'down', 'return');
  expect(opened.opened).toEqual(new Set(['b']));
  expect(press(opened, 'space').opened).toEqual(new Set());
  expect(press(usualChoices, 'a').opened).toBe('all');
  expect(press(usualChoices, 'a', 'return').opened).toEqual(new Set(['b', 'c']));
});

describe('the filter', () => {
  const typing = press(usualChoices, '/');

  it('takes letters that are commands otherwise, and is kept by Enter', () => {
    const kept = press(typing, 'q', 's', 'backspace', 'return');
    expect(kept).toMatchObject({ filter: 'q', isTyping: false, sort: 'requests' });
  });

  it('takes no control characters, and is cleared by Esc', () => {
    expect(press(typing, { name: 'f1', sequence: '\u001bOP' }).filter).toBe('');
    expect(press(typing, 'x', { name: 'escape', sequence: '\u001b' })).toMatchObject({ filter: '', isTyping: false });
  });
});

it('shows and hides the help', () => {
  expect(press(usualChoices, '?').showsHelp).toBe(true);
  expect(press(usualChoices, '?', { name: 'escape', sequence: '\u001b' }).showsHelp).toBe(false);
});
