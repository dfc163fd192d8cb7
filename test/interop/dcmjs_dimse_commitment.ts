/**
 * Storage commitment by dcmjs-dimse: `dcmjs_dimse_commitment.ts scu|scp PORT PEER_PORT [CLASS:UID…]`.
 *
 * As `scu` it asks the peer to answer for these instances, and prints the report that comes on its own port. As
 * `scp` it takes every request, and reports to the peer's port, on an association of its own and without role selection,
 * that the first instance is committed and the others are not. Each is a JSON line.
 *
 * @module
 */

import dcmjsDimse from "dcmjs-dimse";

const { Client, Dataset, Scp, Server, constants, log, requests, responses } = dcmjsDimse;
const [role, port, peerPort, ...instances] = Deno.args;
const PUSH_MODEL = "1.2.840.10008.1.20.1";
const INSTANCE = "1.2.840.10008.1.20.1.1";

type Elements = Record<string, unknown>;

function print(line: object): void {
  console.log(JSON.stringify(line));
}

function listOf(value: unknown): Elements[] {
  return value === undefined ? [] : Array.isArray(value) ? value as Elements[] : [value as Elements];
}

class CommitmentScp extends Scp {
  override associationRequested(association: InstanceType<typeof dcmjsDimse.association.Association>): void {
    for (const { id } of association.getPresentationContexts()) {
      const context = association.getPresentationContext(id);
      context.setResult(constants.PresentationContextResult.Accept, context.getTransferSyntaxUids()[0]);
    }
    this.sendAssociationAccept();
  }

  override nActionRequest(
    request: InstanceType<typeof requests.NActionRequest>,
    respond: (response: InstanceType<typeof responses.NActionResponse>) => void,
  ): void {
    const response = responses.NActionResponse.fromRequest(request);
    response.setStatus(constants.Status.Success);
    respond(response);
    const { TransactionUID, ReferencedSOPSequence } = request.getDataset()!.getElements() as Elements;
    const [first, ...rest] = listOf(ReferencedSOPSequence);
    setTimeout(() => report(String(TransactionUID), first!, rest), 50);
  }

  override nEventReportRequest(
    request: InstanceType<typeof requests.NEventReportRequest>,
    respond: (response: InstanceType<typeof responses.NEventReportResponse>) => void,
  ): void {
    const { TransactionUID, ReferencedSOPSequence, FailedSOPSequence } = request.getDataset()!
      .getElements() as Elements;
    print({
      event: request.getEventTypeId(),
      transaction: TransactionUID,
      committed: listOf(ReferencedSOPSequence).map((item) => item.ReferencedSOPInstanceUID),
      failed: listOf(FailedSOPSequence).map((item) => [item.ReferencedSOPInstanceUID, item.FailureReason]),
    });
    const response = responses.NEventReportResponse.fromRequest(request);
    response.setStatus(constants.Status.Success);
    respond(response);
  }

  override associationReleaseRequested(): void {
    this.sendAssociationReleaseResponse();
  }
}

function report(transaction: string, first: Elements, rest: readonly Elements[]): void {
  const request = new requests.NEventReportRequest(PUSH_MODEL, INSTANCE, rest.length === 0 ? 1 : 2);
  request.setDataset(
    new Dataset({
      TransactionUID: transaction,
      ReferencedSOPSequence: [first],
      ...(rest.length > 0 && { FailedSOPSequence: rest.map((item) => ({ ...item, FailureReason: 0x0112 })) }),
    }),
  );
  request.on("response", (response) => print({ reported: response.getStatus() }));
  call(request);
}

function call(request: InstanceType<typeof requests.Request>): void {
  const client = new Client();
  client.addRequest(request);
  client.on("networkError", (error) => print({ error: error.message }));
  client.on("associationRejected", (result) => print({ rejected: result }));
  client.send("127.0.0.1", Number(peerPort), "DCMJS", "GANTRY");
}

log.setLevel("silent");
new Server(CommitmentScp).listen(Number(port));
if (role === "scu") {
  const request = new requests.NActionRequest(PUSH_MODEL, INSTANCE, 1);
  request.setDataset(
    new Dataset({
      TransactionUID: "2.25.77",
      ReferencedSOPSequence: instances.map((instance) => instance.split(":")).map(([sopClass, uid]) => ({
        ReferencedSOPClassUID: sopClass,
        ReferencedSOPInstanceUID: uid,
      })),
    }),
  );
  request.on("response", (response) => print({ asked: response.getStatus() }));
  call(request);
}
