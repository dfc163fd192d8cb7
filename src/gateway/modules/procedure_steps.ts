/**
 * Performed procedure steps: modalities create, set and get them, and the gateway updates the worklist and forwards them.
 *
 * @module
 */

import * as UID from "../../dicom/generated/uid.ts";
import * as Status from "../../dimse/status.ts";
import { describeStatus, statusCode } from "../../dimse/statuses.ts";
import { type ProcedureStepFilter, procedureStepsPart } from "../../http/procedure_steps.ts";
import type { Json, JsonObject } from "../../http/part.ts";
import { type ForwardedOperation, Forwarding, type ForwardOutcome } from "../../procedure_steps/forwarding.ts";
import type { Workflow } from "../../dicomweb/workflow/workflow.ts";
import { ProcedureSteps } from "../../procedure_steps/procedure_steps.ts";
import { startDateOf, type StepDocument } from "../../procedure_steps/step_document.ts";
import { createInstance, type NormalizedResult, setAttributes } from "../../services/normalized.ts";
import type { Peer } from "../../services/peer.ts";
import { NO_LONGER_UPDATED, type ProcedureStepStatus, STEP_STATUSES } from "../../services/procedure_step_rules.ts";
import { procedureStepScp } from "../../services/procedure_steps.ts";
import type { Worklist } from "../../worklist/worklist.ts";
import { daily } from "../daily.ts";
import { webProcedureSteps } from "../web_workflow.ts";
import type { GatewayContext, GatewayModule } from "../module.ts";
import { dimsePeers } from "../../config/peer_kinds.ts";
import { configuredPeer } from "../peers.ts";

/** Keeps performed procedure steps, tells the worklist of them, and forwards them. */
export function procedureStepsModule(
  context: GatewayContext,
  worklist: Worklist,
): GatewayModule & Pick<Workflow, "performedSteps"> {
  const { config: { mpps }, documents, notify, onError } = context;
  const counts = new Map<ProcedureStepStatus, number>(STEP_STATUSES.map((status) => [status, 0]));
  const steps = new ProcedureSteps({
    documents,
    forwardTo: mpps.forward,
    keepDays: mpps.keepDays,
    async onStep(step) {
      counts.set(step.status, counts.get(step.status)! + 1);
      notify({ type: "procedure-step", step });
      await worklist.note(step);
    },
    onWaiting: (sopInstanceUid) => forwarding.add(sopInstanceUid),
    onError,
  });
  const peers = new Map<string, Peer>();
  const peerNamed = (name: string) => {
    const peer = peers.get(name) ??
      configuredPeer(context, dimsePeers(context.config.peers)[name]!, { maxAssociations: 1 });
    peers.set(name, peer);
    return peer;
  };
  const forwarding = new Forwarding({
    peers: mpps.forward,
    steps,
    send: (peer, operation, signal) => forwardTo(peerNamed(peer), operation, signal),
    onError,
  });
  const tidying = daily(() => steps.tidy(), onError);
  return {
    ...procedureStepsPart({ list: (filter, page) => listSteps(steps, filter, page), get: (uid) => jsonOf(steps, uid) }),
    name: "mpps",
    performedSteps: webProcedureSteps(steps, (warning) => onError(new Error(warning))),
    services: [procedureStepScp(steps)],
    ...(mpps.forward.length > 0 && { health: () => ({ "mpps:forwarding": [forwardingCheck(forwarding)] }) }),
    metrics: () => [
      {
        name: "gantry_procedure_steps_total",
        type: "counter",
        help: "Performed procedure steps that were created or changed, by the status that they had afterwards.",
        samples: [...counts].map(([status, count]) =>
          [{ status: status.toLowerCase().replace(" ", "-") }, count] as const
        ),
      },
      {
        name: "gantry_procedure_steps_waiting",
        type: "gauge",
        help: "Performed procedure steps that are yet to be forwarded, by peer.",
        samples: [...forwarding.waiting].map(([peer, count]) => [{ peer }, count] as const),
      },
    ],
    async start() {
      await steps.resume();
      await tidying.start();
    },
    async stop() {
      await forwarding[Symbol.asyncDispose]();
      await Promise.all([...peers.values()].map((peer) => peer[Symbol.asyncDispose]()));
      await tidying.stop();
    },
  };
}

function forwardingCheck({ failing, waiting }: Forwarding) {
  const isFailing = failing.length > 0;
  return {
    componentType: "component",
    observedValue: [...waiting.values()].reduce((sum, count) => sum + count, 0),
    observedUnit: "steps",
    status: isFailing ? "warn" : "pass",
    ...(isFailing && { output: `Performed procedure steps wait for ${failing.join(", ")}; /mpps says why` }),
  } as const;
}

const SYNTAXES = [UID.ExplicitVRLittleEndian, UID.ImplicitVRLittleEndian];
const STEP = UID.ModalityPerformedProcedureStep;

/** Sends one operation. A step that the peer has already was sent before, and the peer's answer was lost. */
async function forwardTo(peer: Peer, operation: ForwardedOperation, signal: AbortSignal): Promise<ForwardOutcome> {
  const { service, sopInstanceUid, dataSet, attempts } = operation;
  const needs = { presentationContexts: [{ abstractSyntax: STEP, transferSyntaxes: SYNTAXES }] };
  const instance = { sopClassUid: STEP, sopInstanceUid, dataSet, signal };
  const result = await peer.use(
    needs,
    ({ provider }) => service === "N-CREATE" ? createInstance(provider, instance) : setAttributes(provider, instance),
    signal,
    { repeatable: true },
  );
  return outcomeOf(service, result, attempts);
}

function outcomeOf(
  service: ForwardedOperation["service"],
  { status, errorComment, errorId }: NormalizedResult,
  attempts: number,
): ForwardOutcome {
  const { category, meaning } = describeStatus(status, service);
  if (category === "success" || category === "warning") return { outcome: "taken" };
  if (service === "N-CREATE" && status === Status.DuplicateSopInstance) return { outcome: "taken" };
  const said = errorComment === undefined ? meaning : `${meaning}: ${errorComment}`;
  const problem = `the peer answered the ${service} with ${statusCode(status)} (${said})`;
  const hasEnded = status === Status.ProcessingFailure && errorId === NO_LONGER_UPDATED;
  if (hasEnded && attempts > 0) return { outcome: "taken" };
  return { outcome: hasEnded ? "refused-for-good" : "refused", problem };
}

async function listSteps(
  steps: ProcedureSteps,
  { dates, status }: ProcedureStepFilter,
  { after, limit }: { readonly after?: string; readonly limit: number },
) {
  const entries: JsonObject[] = [];
  let last: string | undefined;
  for await (const { key, document } of steps.list(after)) {
    if (status !== undefined && document.status !== status) continue;
    const date = dates === undefined ? "" : startDateOf(document);
    if (dates !== undefined && (date < dates.from || date > dates.to)) continue;
    if (entries.length === limit) return { entries, next: last! };
    entries.push(reportOf(key, document));
    last = key;
  }
  return { entries };
}

function reportOf(sopInstanceUid: string, document: StepDocument): JsonObject {
  const { status, calling, createdAt, modifiedAt, operations, forwards } = document;
  return {
    sopInstanceUid,
    status,
    callingAeTitle: calling,
    createdAt: new Date(createdAt).toISOString(),
    modifiedAt: new Date(modifiedAt).toISOString(),
    forwards: Object.entries(forwards).map(([peer, { sent, attempts, notBefore, error, failedAt }]): JsonObject => ({
      peer,
      state: failedAt !== undefined ? "failed" : sent < operations ? "waiting" : "sent",
      sent,
      waiting: operations - sent,
      attempts,
      ...(notBefore !== undefined && { nextAttemptAt: new Date(notBefore).toISOString() }),
      ...(error !== undefined && { error }),
    })),
  };
}

async function jsonOf(steps: ProcedureSteps, sopInstanceUid: string): Promise<Json | undefined> {
  const document = await steps.documents.get(sopInstanceUid);
  return document?.dataSet as Json | undefined;
}
