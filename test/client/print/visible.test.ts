import fc from 'fast-check';
import { parse } from 'yaml';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { fieldLines, print, table } from '../../../src/client/print/output.js';
import { painted } from '../../../src/client/print/painted.js';
import { createProgressOutput } from '../../../src/client/print/progress-output.js';
import { createProgram } from '../../../src/client/commands/program.js';
import { report } from '../../../src/client/print/error-output.js';
import { toStderr, visible, visibleYaml } from '../../../src/client/print/visible.js';
import { originOf } from '../../../src/client/input/origin.js';
import { Failure } from '../../../src/ports/failure.js';

const EVIL = 'ev\x1b[2Jil\x07\x9b1m\rx\x7f';
const SHOWN = 'ev\\x1b[2Jil\\x07\\x9b1m\\x0dx\\x7f';

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

function written(stream: 'stdout' | 'stderr') {
  const write = vi.spyOn(process[stream], 'write').mockReturnValue(true);
  return () => write.mock.calls.map(([text]) => String(text)).join('');
}

describe('control characters from outside', () => {
  it('are shown and not obeyed in what a person reads', async () => {
    const out = written('stdout');
    await print('table', {}, () => `${EVIL}\n\tb`);
    await print('table', {}, () => table(['A', 'B'], [[EVIL, 'b']]));
    expect(out()).toBe(`${SHOWN}\n\tb\nA${' '.repeat(SHOWN.length + 1)}B\n${SHOWN}  b\n`);
  });

  it('are escaped in YAML, which reads as the same data', async () => {
    const evil = fc.string({ unit: fc.constantFrom('a', '\x1b', '\x9b', '\u202e', '\u200d', '\u{e0041}', '\t', ' ', ':', "'", '"', '#', '\\') }); // prettier-ignore
    await fc.assert(
      fc.asyncProperty(fc.array(fc.record({ path: evil, more: fc.dictionary(evil, evil) })), async (data) => {
        const text = await visibleYaml(data);
        expect(visible(text)).toBe(text);
        expect(parse(text)).toEqual(data);
      }),
    );
  });

  it('are shown in talk, errors and progress', async () => {
    const err = written('stderr');
    toStderr(EVIL);
    report(new Failure('invalid', EVIL, { hint: EVIL }));
    createProgressOutput().happened(EVIL);
    await createProgram('hecate')
      .parseAsync([EVIL], { from: 'user' })
      .catch(() => undefined);
    expect(err()).toBe(`${SHOWN}\nerror: ${SHOWN}\nhint: ${SHOWN}\n· ${SHOWN}\nerror: unknown command '${SHOWN}'\n`);
  });

  it('that turn the direction of a text are shown as well', () => {
    const err = written('stderr');
    toStderr('a\u202eb\u2066c\u200fd\u2028e');
    expect(err()).toBe('a\\u202eb\\u2066c\\u200fd\\u2028e\n');
  });

  it('are data where data is asked for', async () => {
    const out = written('stdout');
    await print('json', { actor: EVIL }, () => '');
    expect(JSON.parse(out())).toEqual({ actor: EVIL });
  });

  it('are escaped in JSON, which is the same data', async () => {
    const out = written('stdout');
    const data = { path: `${EVIL}\n\t\u202e\u{e0001}👩‍💻é` };
    await print('json', data, () => '');
    expect(out()).toContain('\\u009b1m\\rx\\u007f\\n\\t\\u202e\\udb40\\udc01👩‍💻é');
    expect(JSON.parse(out())).toEqual(data);
  });

  it('cannot end a line of a table or of fields', () => {
    expect(table(['A'], [['a\nb\tc']])).toBe('A\na b c');
    expect(fieldLines([['name', ['a\nb\tc', 'd  e']]])).toBe('name:  a b c\n       d  e');
  });

  it('leave our own colours alone', async () => {
    vi.stubEnv('NO_COLOR', '');
    vi.stubEnv('TERM', 'xterm');
    const isTTY = process.stdout.isTTY;
    process.stdout.isTTY = true;
    const out = written('stdout');
    await print('table', {}, () => painted('red', '\x1b[32mx'));
    process.stdout.isTTY = isTTY;
    expect(out()).toBe('\x1b[31m\\x1b[32mx\x1b[0m\n');
  });
});

describe('who wants it, and why', () => {
  it.each([
    ['--actor', { actor: EVIL }],
    ['--reason', { reason: 'a\nb' }],
  ])('refuses control characters in %s', (flag, who) => {
    expect(() => originOf(who)).toThrow(`${flag} has control characters`);
  });

  it('refuses them in HECATE_ACTOR', () => {
    vi.stubEnv('HECATE_ACTOR', EVIL);
    expect(() => originOf({})).toThrow('HECATE_ACTOR has control characters');
  });
});
describe('visible', () => {
  it.each([
    ['\u001b[31mred', '\\x1b[31mred'],
    ['moc.live\u202e', 'moc.live\\u202e'],
    ['a\u2066b\u2069', 'a\\u2066b\\u2069'],
    ['pay\u200bpal', 'pay\\u200bpal'],
    ['soft\u00adhyphen', 'soft\\xadhyphen'],
    ['\ufeffbom', '\\ufeffbom'],
    ['word\u2060joiner', 'word\\u2060joiner'],
    ['tag\u{e0061}', 'tag\\u{e0061}'],
    ['hangul\u3164filler', 'hangul\\u3164filler'],
    ['a\u200db', 'a\\u200db'],
    ['half \ud800', 'half \\ud800'],
    ['line\u2028break', 'line\\u2028break'],
  ])('escapes what nobody would see: %j', (text, shown) => expect(visible(text)).toBe(shown));

  it.each(['two\nlines\twith a tab', 'Grüße, 東京', 'שלום', '👩‍💻 👨‍👩‍👧 ❤️‍🔥', 'e\u0301', '🏳️‍🌈'])(
    'leaves %j as it is',
    (text) => expect(visible(text)).toBe(text),
  );
});
