/**
 * Verification service class: C-ECHO, both roles (PS3.4 Annex A).
 *
 * @module
 */

import * as UID from "../dicom/generated/uid.ts";
import type { DimseProvider } from "../dimse/provider.ts";
import type { Service } from "../dimse/service.ts";
import * as Status from "../dimse/status.ts";
import { anyTransferSyntax } from "../upper_layer/negotiation.ts";

/** Answers every C-ECHO-RQ with success (SCP). */
export function verification(): Service {
  return {
    performs: ["C-ECHO-RQ"],
    transferSyntaxes: (abstractSyntax) => abstractSyntax === UID.Verification ? anyTransferSyntax : undefined,
    perform: () => Promise.resolve({ status: Status.Success }),
  };
}

/**
 * Sends a C-ECHO-RQ (SCU) and resolves with the status of its response. Throws PresentationContextError when the peer
 * did not accept Verification, AssociationAbortedError when the association ends first.
 */
export async function echo(provider: DimseProvider, options: { signal?: AbortSignal } = {}): Promise<number> {
  const context = provider.context(UID.Verification);
  const request = { type: "C-ECHO-RQ", affectedSopClassUid: UID.Verification } as const;
  const { command, dataSet } = await provider.invoke(context, request, options);
  await dataSet?.cancel(); // There should be none, and nothing else comes before it is read.
  return command.status;
}
