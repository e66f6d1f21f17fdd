import { Argument, Option, type Command } from 'commander';
import { healthExitCodes, readExitCodes, stackExitCodes } from '../print/exit-codes.js';
import type { OutputFormat } from '../print/output.js';
import { addOutput, addPast } from './output-option.js';
import type { Looking } from '../reads/reading.js';
import type { ReadCanaryOptions } from '../run/read-canary.js';

/** What reads: the log, and for health and sign-in the servers. */
export function addReads(verb: (text: string) => Command): void {
  addPast(verb('list').command('routes').description('Show all routes'))
    .addHelpText('after', `\nExamples:\n  hecate list routes -o json\n\n${readExitCodes}`)
    .action(async (o: Looking) => (await import('../reads/index.js')).listRoutes(o));
  addPast(verb('read').command('route').description('Show one route, or how it is'))
    .addArgument(new Argument('[what]', 'health: its servers, its certificate, what is in force').choices(['health']))
    .requiredOption('--domain <domain>', 'domain of the route')
    .addHelpText(
      'after',
      `\nExamples:\n  hecate read route --domain app.example.com\n  hecate read route health --domain app.example.com\n\n${healthExitCodes}`,
    )
    .action(async (what: string | undefined, o: Looking & { domain: string }) => {
      if (what === undefined) return (await import('../reads/index.js')).readRoute(o.domain, o);
      process.exitCode = await (await import('../run/index.js')).showHealth(o.domain, o.output);
    });
  addOutput(verb('read').command('health').description('Whether every route works: servers, certificates, overlays'))
    .addHelpText('after', `\nExamples:\n  hecate read health -o json\n\n${healthExitCodes}`)
    .action(async ({ output }: { output: OutputFormat }) => {
      process.exitCode = await (await import('../run/index.js')).showHealth(null, output);
    });
  addPast(verb('list').command('auth-policies').description('Show all auth policies and what uses them'))
    .addHelpText('after', `\nExamples:\n  hecate list auth-policies -o json\n\n${readExitCodes}`)
    .action(async (o: Looking) => (await import('../reads/index.js')).listAuthPolicies(o));
  addPast(verb('read').command('auth-policy').description('Show one auth policy'))
    .requiredOption('--name <name>', 'name of the policy')
    .addHelpText('after', `\nExamples:\n  hecate read auth-policy --name api-users\n\n${readExitCodes}`)
    .action(async (o: Looking & { name: string }) => (await import('../reads/index.js')).readAuthPolicy(o.name, o));
  addPast(verb('list').command('upstreams').description('Show all upstreams and how many routes use them'))
    .addHelpText('after', `\nExamples:\n  hecate list upstreams -o json\n\n${readExitCodes}`)
    .action(async (o: Looking) => (await import('../reads/index.js')).listUpstreams(o));
  addPast(verb('read').command('upstream').description('Show one upstream'))
    .requiredOption('--name <name>', 'name of the upstream')
    .addHelpText('after', `\nExamples:\n  hecate read upstream --name api-backend\n\n${readExitCodes}`)
    .action(async (o: Looking & { name: string }) => (await import('../reads/index.js')).readUpstream(o.name, o));
  addCanaryRead(verb('read'), addOutput);
  addPast(verb('list').command('secrets').description('Show all secrets, never a value'))
    .addHelpText('after', `\nExamples:\n  hecate list secrets -o json\n\n${readExitCodes}`)
    .action(async (o: Looking) => (await import('../reads/index.js')).listSecrets(o));
  addPast(verb('list').command('sources').description('Show all folders and repositories that were applied'))
    .addHelpText('after', `\nExamples:\n  hecate list sources -o json\n\n${readExitCodes}`)
    .action(async (o: Looking) => (await import('../reads/index.js')).listSources(o));
  const test = verb('read').command('test').description('Try something out');
  addOutput(
    test.command('auth').description('Whether sign-in works: reachability, token, rights, outpost, clock, drift'),
  )
    .addOption(new Option('--provider <provider>', 'identity provider').choices(['authentik']).default('authentik'))
    .addHelpText('after', `\nExamples:\n  hecate read test auth --provider authentik\n\n${stackExitCodes}`)
    .action(async (o: { output: OutputFormat }) => {
      process.exitCode = await (await import('../run/index.js')).testAuth(o.output);
    });
}

/** Adds `read canary` to the command that shows one thing. */
export function addCanaryRead(read: Command, addOutput: (command: Command) => Command): void {
  addOutput(read.command('canary').description('Show the canary of a route: steps, split, both sides, verdict, next'))
    .requiredOption('--domain <domain>', 'domain of the route')
    .option('--watch', 'show it again and again, until it has ended')
    .option('--interval <duration>', 'time between two looks with --watch', '2s')
    .addHelpText('after', `\nExamples:\n  hecate read canary --domain app.example.com --watch\n\n${stackExitCodes}`)
    .action(async (options: ReadCanaryOptions) => {
      process.exitCode = await (await import('../run/index.js')).readCanary(options);
    });
}
