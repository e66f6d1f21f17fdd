import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accessExpression } from '../../../src/domain/identity/expression.js';

/** Evaluates an expression as authentik does: as the body of a function. */
function passes(expression: string, user: { groups?: string[]; attributes?: object; signedIn?: boolean }): boolean {
  const script = `
import json, sys, textwrap
given = json.load(sys.stdin)
class User:
    is_authenticated = given["signedIn"]
    attributes = given["attributes"]
class Request:
    user = User()
names = {"request": Request(), "ak_is_group_member": lambda user, name: name in given["groups"]}
body = "\\n".join(textwrap.indent(line, "    ") for line in given["expression"].split("\\n"))
exec(compile("def policy():\\n" + body, "policy", "exec"), names)
print(json.dumps(names["policy"]()))`;
  const input = JSON.stringify({ expression, groups: [], attributes: {}, signedIn: true, ...user });
  const { stdout, stderr } = spawnSync('python3', ['-I', '-c', script], { input, encoding: 'utf8' });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as boolean;
}

describe('the expression of a rule', () => {
  it('lets every signed-in user in when nothing else is asked', () => {
    const expression = accessExpression({ groups: [], metadata: {} });
    expect(passes(expression, {})).toBe(true);
    expect(passes(expression, { signedIn: false })).toBe(false);
  });

  it('asks for one of the groups and all of the attributes', () => {
    const expression = accessExpression({ groups: ['a', 'b'], metadata: { partner: 'required', contract: 'active' } });
    const attributes = { partner: 7, contract: 'active' };
    expect(passes(expression, { groups: ['b'], attributes })).toBe(true);
    expect(passes(expression, { groups: ['c'], attributes })).toBe(false);
    expect(passes(expression, { groups: ['b'], attributes: { contract: 'active' } })).toBe(false);
    expect(passes(expression, { groups: ['b'], attributes: { ...attributes, contract: 'ended' } })).toBe(false);
  });

  it('takes an absent attribute for no value, also where the value is “None”', () => {
    const expression = accessExpression({ groups: [], metadata: { contract: 'None' } });
    expect(passes(expression, {})).toBe(false);
    expect(passes(expression, { attributes: { contract: null } })).toBe(false);
  });

  it.each([
    '"] or True #',
    '") or True or ("',
    "' or True #",
    'a\nreturn True',
    '\\',
    '\u2028return True',
    '\\u0022) or True',
  ])('grants nothing through the name %j', (name) => {
    const groups = accessExpression({ groups: [name], metadata: {} });
    expect(passes(groups, {})).toBe(false);
    expect(passes(groups, { groups: [name] })).toBe(true);
    expect(passes(accessExpression({ groups: [], metadata: { [name]: name } }), {})).toBe(false);
  });

  it('is one line of printable ASCII, whatever the names', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (group, value) => {
        expect(accessExpression({ groups: [group], metadata: { [group]: value } })).toMatch(/^[ -~]+$/);
      }),
    );
  });
});
