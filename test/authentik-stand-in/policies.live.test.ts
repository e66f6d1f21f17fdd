import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createExpressions } from '../../src/authentik-stand-in/policy/expressions.js';
import { createLab, type Lab } from './lab.js';

let lab: Lab;
beforeEach(async () => void (lab = await createLab()));
afterEach(() => lab.close());

describe('policies', () => {
  const access = async (user: number) => {
    const { body } = await lab.call('GET', `/core/applications/wiki/check_access/?for_user=${user}`);
    return body['passing'];
  };
  const policy = async (expression: string) =>
    (await lab.post('/policies/expression/', { name: expression, expression }))['pk'];
  const tried = async (expression: string) =>
    lab.post(`/policies/all/${String(await policy(expression))}/test/`, { user: lab.alice });

  test.each([
    ['return ak_is_group_member(request.user, name="editors")', true],
    ['return ak_is_group_member(request.user, name="others")', false],
    ['return request.user.username == "alice" and request.user.is_authenticated', true],
    ['return request.user.attributes.get("level", 0) > 3', false],
    ['return any(g.name == "editors" for g in request.user.groups.all())', true],
    ['if request.context.get("x"):\n    return False\nreturn True', true],
    ['return http_request is None', true],
    ['x = 1', false],
    ['return 1 / 0', false],
    ['import sys\nsys.exit(0)', false],
    ['while True:\n    pass', false],
  ])('%j is %s', async (expression, passing) => {
    expect(await tried(expression)).toMatchObject({ passing });
  });

  test('hand on what an expression says, and refuse one that does not compile', async () => {
    expect(await tried('ak_message("not now")\nreturn False')).toMatchObject({ messages: ['not now'] });
    const refused = await lab.call('POST', '/policies/expression/', { name: 'x', expression: 'return (' });
    expect(refused).toMatchObject({ status: 400, body: { expression: [expect.stringContaining('Syntax Error')] } });
  });

  test('deny, and say so in the log, where there is no Python', async () => {
    const lines: string[] = [];
    const without = createExpressions({ log: (line) => void lines.push(line), python: '/nowhere/python3' });
    expect(
      await without.evaluate('return True', { groups: [], all_groups: [] }, { context: {}, request: null }),
    ).toMatchObject({ passing: false });
    expect(lines).toHaveLength(1);
  });

  test('count any or all, turned round or switched off, and groups by what is above them', async () => {
    const { pk } = await lab.addApplication('wiki');
    const child = await lab.post('/core/groups/', { name: 'child', parents: [lab.editors] });
    const carol = await lab.addUser('carol', [child['pk'] as string]);
    expect(await access(lab.bob)).toBe(true);
    const bound = await lab.post('/policies/bindings/', { target: pk, group: lab.editors, order: 0 });
    expect([await access(lab.alice), await access(lab.bob), await access(carol)]).toEqual([true, false, true]);
    await lab.post('/policies/bindings/', { target: pk, user: lab.bob, order: 1 });
    expect([await access(lab.alice), await access(lab.bob)]).toEqual([true, true]);
    await lab.call('PATCH', '/core/applications/wiki/', { policy_engine_mode: 'all' });
    expect([await access(lab.alice), await access(lab.bob)]).toEqual([false, false]);
    const place = `/policies/bindings/${String(bound['pk'])}/`;
    await lab.call('PUT', place, { target: pk, group: lab.editors, order: 0, negate: true });
    expect([await access(lab.alice), await access(lab.bob)]).toEqual([false, true]);
    await lab.call('PUT', place, { target: pk, group: lab.editors, order: 0, enabled: false });
    expect([await access(lab.alice), await access(lab.bob)]).toEqual([false, true]);
  });
});
