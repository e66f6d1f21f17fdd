import { defaultPayloadConverter } from '@temporalio/common';
import {
  defineSignal,
  defineUpdate,
  setHandler,
  workflowInfo,
  type WorkflowInboundCallsInterceptor,
  type WorkflowInterceptors,
  type WorkflowInternalsInterceptor,
} from '@temporalio/workflow';
import { refusalOf } from './refuse-input.js';
import { fits, shapesOf, type Arguments } from './shapes.js';

/** Signals and updates of unknown names come here. Their first argument is the name, the others are theirs. */
const UNKNOWN = 'unknown';

/** Returns the interceptors of every workflow: what does not have the shape of an input is refused, and recorded as that. */
export function interceptors(): WorkflowInterceptors {
  const refusing = new Set<Promise<unknown>>();
  let signals = 0;
  /** Refuses, and keeps the workflow from ending before the refusal is recorded. */
  const refuse = async (...what: Parameters<typeof refusalOf>) => {
    const refused = refusalOf(...what);
    refusing.add(refused);
    return refused.finally(() => refusing.delete(refused));
  };
  const inbound: WorkflowInboundCallsInterceptor = {
    async execute(input, next) {
      const { workflowType } = workflowInfo();
      if (!fits(shapesOf(workflowType)?.input, input.args)) {
        throw await refuse({ entry: 'workflow', name: workflowType, call: '' }, input.args);
      }
      const ended = next(input);
      // After the workflow has set its own handlers.
      setHandler(defineSignal<unknown[]>(UNKNOWN), () => undefined);
      setHandler(defineUpdate<never, unknown[]>(UNKNOWN), () => {
        throw new TypeError('unreachable: the shapes name no such update');
      });
      try {
        return await ended;
      } finally {
        await Promise.all(refusing);
      }
    },
    async handleSignal(input, next) {
      const { signalName, args } = input;
      if (fits(shapesOf(workflowInfo().workflowType)?.signals?.[signalName], args)) return next(input);
      // A failure would be that of the workflow.
      await refuse(
        { entry: 'signal', ...named(signalName, args), call: String(++signals) },
        withoutName(signalName, args),
      );
    },
    async handleUpdate(input, next) {
      const { name, args, updateId } = input;
      if (fits(shapesOf(workflowInfo().workflowType)?.updates?.[name], args)) return next(input);
      throw await refuse({ entry: 'update', ...named(name, args), call: updateId }, withoutName(name, args));
    },
  };
  return { inbound: [inbound], internals: [namingUnknown] };
}

/**
 * Gives signals and updates of unknown names one name. The SDK would keep them for a handler that never comes, and a default
 * handler fails the task of a workflow for names that Temporal reserves.
 */
const namingUnknown: WorkflowInternalsInterceptor = {
  activate(input, next) {
    const known = shapesOf(workflowInfo().workflowType);
    for (const { signalWorkflow, doUpdate } of input.activation.jobs ?? []) {
      if (signalWorkflow && !has(known?.signals, signalWorkflow.signalName)) {
        signalWorkflow.input = [nameOf(signalWorkflow.signalName), ...(signalWorkflow.input ?? [])];
        signalWorkflow.signalName = UNKNOWN;
      }
      if (doUpdate && !has(known?.updates, doUpdate.name)) {
        doUpdate.input = [nameOf(doUpdate.name), ...(doUpdate.input ?? [])];
        doUpdate.name = UNKNOWN;
      }
    }
    return next(input);
  },
};

function has(entries: Readonly<Record<string, unknown>> | undefined, name: string | null | undefined): boolean {
  return entries !== undefined && typeof name === 'string' && Object.hasOwn(entries, name);
}

function nameOf(name: string | null | undefined) {
  return defaultPayloadConverter.toPayload(name ?? '');
}

function named(name: string, args: Arguments): { readonly name: string } {
  return { name: name === UNKNOWN ? String(args[0]) : name };
}

function withoutName(name: string, args: Arguments): Arguments {
  return name === UNKNOWN ? args.slice(1) : args;
}
