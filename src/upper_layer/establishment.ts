/**
 * What establishing an association has in common for both roles: settings, the record that observers see, the abort
 * signal, and a proper end for everything that goes wrong.
 *
 * @module
 */

import { AssociationAbortedError, PduError } from "../errors.ts";
import { AssociationRejectedError } from "./association_rejected_error.ts";
import type { Association } from "./association.ts";
import { howAborted, toError } from "./association_end.ts";
import { AssociationRecord } from "./association_record.ts";
import type { Connection } from "./connection.ts";
import type { AssociationEnd } from "./events.ts";
import type { Indication } from "./primitives.ts";
import { ProtocolMachine } from "./protocol_machine.ts";
import { type AssociationSettings, complete, type CompleteSettings } from "./settings.ts";

/** What the steps of either role work with. */
export interface Establishment {
  readonly machine: ProtocolMachine;
  readonly record: AssociationRecord;
  readonly settings: CompleteSettings;
}

/** Runs the steps of one role over a connection. Whatever they throw ends the association and closes the connection. */
export async function establish(
  connection: Connection,
  role: "requestor" | "acceptor",
  options: AssociationSettings,
  steps: (establishment: Establishment) => Promise<Association>,
): Promise<Association> {
  const settings = complete(options);
  const machine = new ProtocolMachine(connection, role, settings.maxPduLength, settings.timeouts);
  const record = new AssociationRecord(machine, connection, role, settings.observers);
  let association: Association | undefined;
  const abort = () => {
    const reason = asError(options.signal?.reason);
    if (association === undefined) machine.abort(reason);
    else association.abort(reason);
  };
  options.signal?.addEventListener("abort", abort);
  machine.finished.then(() => options.signal?.removeEventListener("abort", abort));
  if (options.signal?.aborted) abort();
  try {
    association = await steps({ machine, record, settings });
    return association;
  } catch (error) {
    machine.abort(asError(error));
    const end = toEnd(error, role);
    machine.finished.then(() => record.end(end));
    // A requestor wants to know at once, an acceptor when it is rid of the connection.
    if (role === "acceptor") await record.ended;
    throw end.how === "aborted" && error instanceof PduError ? toError(end) : error;
  }
}

/** The indication that is waited for; throws when the association is aborted instead. */
export async function awaitIndication<Type extends Indication["type"]>(
  machine: ProtocolMachine,
  ...types: Type[]
): Promise<Extract<Indication, { readonly type: Type }>> {
  const indication = await machine.receive();
  if ((types as string[]).includes(indication.type)) return indication as Extract<Indication, { readonly type: Type }>;
  throw toError({ how: "aborted", ...howAborted(indication) });
}

function toEnd(error: unknown, role: "requestor" | "acceptor"): AssociationEnd {
  if (error instanceof AssociationRejectedError) {
    const { result, source, reason, detail, limit } = error;
    const by = role === "acceptor" ? "local" : "peer";
    const why = { ...(detail !== undefined && { detail }), ...(limit !== undefined && { limit }) };
    return { how: "rejected", by, result, source, reason, ...why };
  }
  if (error instanceof AssociationAbortedError) {
    const { by, source, reason, cause } = error;
    // What an abort's own message adds to these is its cause.
    const why = source === "transport" ? error : cause;
    const detail = why instanceof Error && { error: why };
    return { how: "aborted", by, source, ...(reason !== undefined && { reason }), ...detail };
  }
  if (error instanceof PduError) {
    return { how: "aborted", by: "local", source: "service-provider", reason: error.reason, error };
  }
  return { how: "aborted", by: "local", source: "service-user", ...(error instanceof Error && { error }) };
}

function asError(reason: unknown): Error | undefined {
  return reason instanceof Error ? reason : undefined;
}
