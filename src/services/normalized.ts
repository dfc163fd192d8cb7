/**
 * The DIMSE-N services as their invoker (PS3.7 10): operations and notifications on one SOP instance, whatever it is.
 *
 * @module
 */

import type { DataSet } from "../dicom/data_set/data_set.ts";
import type { RequestCommand, ResponseCommand } from "../dimse/command_set.ts";
import type { IncomingResponse, InvokeOptions } from "../dimse/invoker.ts";
import { readMessageDataSet } from "../dimse/message_data_set.ts";
import type { OutgoingDataSet } from "../dimse/message_writer.ts";
import type { DimseProvider, RequestToInvoke } from "../dimse/provider.ts";
import * as Status from "../dimse/status.ts";

/** The SOP instance that an operation is about. */
export interface NormalizedInstance {
  /** SOP Class UID. */
  readonly sopClassUid: string;
  /** SOP Instance UID. */
  readonly sopInstanceUid: string;
  /** Abstract syntax of the presentation context, where that is a meta SOP class. Default: `sopClassUid`. */
  readonly abstractSyntax?: string;
  /** Aborts the association, since these operations cannot be cancelled. */
  readonly signal?: AbortSignal;
}

/** How the peer answered. The status may be a failure: it is the caller's to look at (PS3.7 10.1). */
export interface NormalizedResult {
  /** Status (0000,0900). */
  readonly status: number;
  /** Error Comment (0000,0902). */
  readonly errorComment: string | undefined;
  /** Error ID (0000,0903), a number of the peer's own for the error. */
  readonly errorId: number | undefined;
  /** Affected SOP Instance UID (0000,1000), which N-CREATE may have made. */
  readonly sopInstanceUid: string | undefined;
  /** Attribute list, event reply or action reply; undefined when there was none. */
  readonly dataSet: DataSet | undefined;
}

/** Asks for attributes, those of `attributes` (tags) or all (N-GET, PS3.7 10.1.2). */
export function getAttributes(
  provider: DimseProvider,
  instance: NormalizedInstance & { readonly attributes?: readonly number[] },
): Promise<NormalizedResult> {
  const list = instance.attributes === undefined ? {} : { attributeIdentifierList: instance.attributes };
  return invoke(provider, instance, { type: "N-GET-RQ", ...requested(instance), ...list });
}

/** Changes attributes to those of `dataSet` (N-SET, PS3.7 10.1.3). */
export function setAttributes(
  provider: DimseProvider,
  instance: NormalizedInstance & { readonly dataSet: OutgoingDataSet },
): Promise<NormalizedResult> {
  return invoke(provider, instance, { type: "N-SET-RQ", ...requested(instance) }, instance.dataSet);
}

/** Asks for an action of type `actionTypeId`, with its information in `dataSet` (N-ACTION, PS3.7 10.1.4). */
export function requestAction(
  provider: DimseProvider,
  instance: NormalizedInstance & { readonly actionTypeId: number; readonly dataSet?: OutgoingDataSet },
): Promise<NormalizedResult> {
  const { actionTypeId, dataSet } = instance;
  return invoke(provider, instance, { type: "N-ACTION-RQ", ...requested(instance), actionTypeId }, dataSet);
}

/** Creates a SOP instance with the attributes of `dataSet`; without a UID the peer makes one (N-CREATE, PS3.7 10.1.5). */
export function createInstance(
  provider: DimseProvider,
  instance:
    & Omit<NormalizedInstance, "sopInstanceUid">
    & { readonly sopInstanceUid?: string; readonly dataSet?: OutgoingDataSet },
): Promise<NormalizedResult> {
  const { sopClassUid: affectedSopClassUid, sopInstanceUid, dataSet } = instance;
  const uid = sopInstanceUid === undefined ? {} : { affectedSopInstanceUid: sopInstanceUid };
  return invoke(provider, instance, { type: "N-CREATE-RQ", affectedSopClassUid, ...uid }, dataSet);
}

/** Deletes a SOP instance (N-DELETE, PS3.7 10.1.6). */
export function deleteInstance(provider: DimseProvider, instance: NormalizedInstance): Promise<NormalizedResult> {
  return invoke(provider, instance, { type: "N-DELETE-RQ", ...requested(instance) });
}

/** Reports an event of type `eventTypeId`, with its information in `dataSet` (N-EVENT-REPORT, PS3.7 10.1.1). */
export function reportEvent(
  provider: DimseProvider,
  instance: NormalizedInstance & { readonly eventTypeId: number; readonly dataSet?: OutgoingDataSet },
): Promise<NormalizedResult> {
  const { sopClassUid: affectedSopClassUid, sopInstanceUid: affectedSopInstanceUid, eventTypeId, dataSet } = instance;
  const affected = { affectedSopClassUid, affectedSopInstanceUid };
  return invoke(provider, instance, { type: "N-EVENT-REPORT-RQ", ...affected, eventTypeId }, dataSet);
}

function requested({ sopClassUid, sopInstanceUid }: NormalizedInstance) {
  return { requestedSopClassUid: sopClassUid, requestedSopInstanceUid: sopInstanceUid };
}

async function invoke<Type extends RequestCommand["type"]>(
  provider: DimseProvider,
  { sopClassUid, abstractSyntax = sopClassUid, signal }: Omit<NormalizedInstance, "sopInstanceUid">,
  request: RequestToInvoke<Type>,
  dataSet?: OutgoingDataSet,
): Promise<NormalizedResult> {
  const options: InvokeOptions = {
    ...(dataSet !== undefined && { dataSet }),
    ...(signal !== undefined && { signal }),
  };
  const response: IncomingResponse = await provider.invoke(provider.context(abstractSyntax), request, options);
  return await resultOf(response);
}

async function resultOf(response: IncomingResponse): Promise<NormalizedResult> {
  const command: ResponseCommand = response.command;
  const found = response.dataSet === undefined
    ? undefined
    : await readMessageDataSet(response, { status: Status.ProcessingFailure });
  return {
    status: command.status,
    errorComment: command.errorComment,
    errorId: command.errorId,
    sopInstanceUid: "affectedSopInstanceUid" in command ? command.affectedSopInstanceUid : undefined,
    dataSet: found,
  };
}
