import { z } from 'zod';

/** Roles of operators, each with the rights of those before it. */
export const roles = ['viewer', 'operator', 'admin'] as const;

/**
 * What an operator may do. `viewer`: reads and dry runs. `operator`: every change of routes and of what they use.
 * `admin`: also changes of operators.
 */
export type Role = (typeof roles)[number];

/** Rights of each role, as a phrase behind “may”. */
export const roleRights: Readonly<Record<Role, string>> = {
  viewer: 'read, and look at plans (dry runs)',
  operator: 'also change routes and what they use: policies, upstreams, secrets, canaries, schedules',
  admin: 'also change operators, and see the values of secrets',
};

/** Schema of a role. */
export const roleSchema = z.enum(roles);

/** Returns true when a role has the rights of another. */
export function includesRole(held: Role, needed: Role): boolean {
  return roles.indexOf(held) >= roles.indexOf(needed);
}
