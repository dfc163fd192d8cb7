/**
 * C-STORE of an instance that a source has, as far as the presentation contexts allow.
 *
 * @module
 */

import type { DimseProvider } from "../dimse/provider.ts";
import { describeStatus, statusCode } from "../dimse/statuses.ts";
import type { HeldInstance } from "../query/instance_source.ts";
import type { PresentationContext } from "../upper_layer/events.ts";
import { openInstance } from "./opened_instance.ts";
import type { ProgressDeadline } from "./progress_deadline.ts";
import { chooseTransferSyntax } from "./storage_plan.ts";
import { store, type StoreOptions } from "./storage.ts";
import type { SubOperationOutcome } from "./sub_operations.ts";
import type { Transcoding } from "./transcoding.ts";

/** How to send it. */
export interface StoreHeldOptions extends StoreOptions {
  /** Contexts in which it may go out. */
  readonly contexts: readonly PresentationContext[];
  /** Each piece that is read extends it; when it passes, reading fails. */
  readonly deadline: ProgressDeadline;
  /** Called when the stream of the instance is open. */
  readonly opened?: () => void;
  /** What brings it into a transfer syntax of the contexts where it can't just be converted; by default nothing does. */
  readonly transcoding?: Transcoding | undefined;
  /** Called with the status (0000,0900) of the C-STORE-RSP. */
  readonly onStatus?: (status: number) => void;
}

/**
 * Sends an instance as it is stored or, between uncompressed transfer syntaxes, converted, or transcoded. Resolves with how it went: what
 * the peer doesn't take, or answers with a failure, is a `Problem`. Throws what reading throws, before the message begins or
 * with the end of the association, and what `store()` throws.
 */
export async function storeHeld(
  provider: DimseProvider,
  instance: HeldInstance,
  { contexts, deadline, opened = () => {}, onStatus = () => {}, transcoding, ...options }: StoreHeldOptions,
): Promise<Exclude<SubOperationOutcome, "failed"> | Problem> {
  const { sopClassUid, sopInstanceUid } = instance;
  const transferSyntax = chooseTransferSyntax(instance, contexts, { convert: true, transcoding });
  if (transferSyntax === undefined) return notNegotiated(instance, contexts);
  const opening = openInstance(instance, transferSyntax, deadline, transcoding);
  opened();
  const { dataSet, length: dataSetLength } = await opening;
  const toSend = { sopClassUid, sopInstanceUid, transferSyntax, dataSet };
  const known = dataSetLength === undefined ? toSend : { ...toSend, dataSetLength };
  const { status, errorComment } = await store(provider, known, options);
  onStatus(status);
  const { category } = describeStatus(status, "C-STORE");
  if (category === "success") return "completed";
  return category === "warning" ? "warning" : answered(status, errorComment);
}

/** Why an instance was not sent: in words for the operator, and for the peer. */
export interface Problem {
  readonly problem: string;
  readonly comment: string;
  /** Status (0000,0900) of the C-STORE-RSP, where there was one. */
  readonly status?: number;
  /** What the peer has not accepted, where it could not be sent at all. */
  readonly lacking?: "sop-class" | "transfer-syntax";
}

/** What was lacking among the presentation contexts. */
function notNegotiated(
  { sopClassUid, transferSyntax }: HeldInstance,
  contexts: readonly PresentationContext[],
): Problem {
  if (contexts.some(({ abstractSyntax }) => abstractSyntax === sopClassUid)) {
    const problem = `the peer takes ${sopClassUid} in no transfer syntax that ${transferSyntax} can be converted into`;
    return { problem, comment: "Not in a negotiated transfer syntax", lacking: "transfer-syntax" };
  }
  const problem = `the peer does not take the SOP class ${sopClassUid}`;
  return { problem, comment: "SOP class was not negotiated", lacking: "sop-class" };
}

/** A status that is a failure. */
function answered(status: number, comment: string | undefined): Problem {
  const code = statusCode(status);
  const said = comment === undefined ? "" : ` (${comment})`;
  return { problem: `the peer answered ${code}${said}`, comment: `C-STORE was answered with ${code}`, status };
}
