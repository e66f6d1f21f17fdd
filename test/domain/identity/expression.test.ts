import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accessExpression } from '../../../src/domain/identity/expression.js';

/** Evaluates expressions as authentik does, as the body of a function: one case a line in, one answer a line out. */
const SCRIPT = `
import json, sys, textwrap
for line in sys.stdin:
    given = json.loads(line)
    class User:
        is_authenticated = given["signedIn"]
        attributes = given["attributes"]
    class Request:
        user = User()
    names = {"request": Request(), "ak_is_group_member": lambda user, name: name in given["groups"]}
    body = "\\n".join(textwrap.indent(line, "    ") for line in given["expression"].split("\\n"))
    try:
        exec(compile("def policy():\\n" + body, "policy", "exec"), names)
        print(json.dumps(names["policy"]()), flush=True)
    except Exception as error:
        print(json.dumps(repr(error)), flush=True)`;

/**
 * Texts of any code points, with as many from ASCII as from beyond it. `fc.string({ unit: 'binary' })` would list all 1.1
 * million code points when it is made, which takes over a second on an idle machine and 20 s on a busy one.
 */
const anyText = fc
  .array(fc.oneof(fc.integer({ min: 0, max: 0x7f }), fc.integer({ min: 0x80, max: 0x10ffff })))
  .map((points) => String.fromCodePoint(...points));

let python: ChildProcess;
let answers: Interface;

// One process for all cases: on a busy machine Python takes seconds to start.
beforeAll(() => {
  python = spawn('python3', ['-I', '-c', SCRIPT], { stdio: ['pipe', 'pipe', 'inherit'] });
  answers = createInterface(python.stdout!);
});
afterAll(() => void python.kill());

async function passes(
  expression: string,
  user: { groups?: string[]; attributes?: object; signedIn?: boolean },
): Promise<unknown> {
  const answer = new Promise<string>((resolve) => answers.once('line', resolve));
  python.stdin?.write(`${JSON.stringify({ expression, groups: [], attributes: {}, signedIn: true, ...user })}\n`);
  return JSON.parse(await answer);
}

describe('the expression of a rule', () => {
  it('lets every signed-in user in when nothing else is asked', async () => {
    const expression = accessExpression({ groups: [], metadata: {} });
    expect(await passes(expression, {})).toBe(true);
    expect(await passes(expression, { signedIn: false })).toBe(false);
  });

  it('asks for one of the groups and all of the attributes', async () => {
    const expression = accessExpression({ groups: ['a', 'b'], metadata: { partner: 'required', contract: 'active' } });
    const attributes = { partner: 7, contract: 'active' };
    expect(await passes(expression, { groups: ['b'], attributes })).toBe(true);
    expect(await passes(expression, { groups: ['c'], attributes })).toBe(false);
    expect(await passes(expression, { groups: ['b'], attributes: { contract: 'active' } })).toBe(false);
    expect(await passes(expression, { groups: ['b'], attributes: { ...attributes, contract: 'ended' } })).toBe(false);
  });

  it('takes an absent attribute for no value, also where the value is “None”', async () => {
    const expression = accessExpression({ groups: [], metadata: { contract: 'None' } });
    expect(await passes(expression, {})).toBe(false);
    expect(await passes(expression, { attributes: { contract: null } })).toBe(false);
  });

  it.each([
    '"] or True #',
    '") or True or ("',
    "' or True #",
    'a\nreturn True',
    '\\',
    '\u2028return True',
    '\\u0022) or True',
  ])('grants nothing through the name %j', async (name) => {
    const groups = accessExpression({ groups: [name], metadata: {} });
    expect(await passes(groups, {})).toBe(false);
    expect(await passes(groups, { groups: [name] })).toBe(true);
    expect(await passes(accessExpression({ groups: [], metadata: { [name]: name } }), {})).toBe(false);
  });

  it('is one line of printable ASCII, whatever the names', () => {
    fc.assert(
      fc.property(anyText, anyText, (group, value) => {
        expect(accessExpression({ groups: [group], metadata: { [group]: value } })).toMatch(/^[ -~]+$/);
      }),
    );
    const basicPlane = Array.from({ length: 0x10000 }, (_, point) => String.fromCharCode(point)).join('');
    expect(/^[ -~]+$/.test(accessExpression({ groups: [basicPlane], metadata: {} }))).toBe(true);
  });
});
