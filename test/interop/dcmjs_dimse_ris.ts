/**
 * A RIS by dcmjs-dimse: `dcmjs_dimse_ris.ts PORT`. It has one worklist item, takes performed procedure steps, and prints a
 * JSON line for each request.
 *
 * @module
 */

import dcmjsDimse from "dcmjs-dimse";

const { Dataset, Scp, Server, constants, log, responses } = dcmjsDimse;
const [port] = Deno.args;
type Requests = typeof dcmjsDimse.requests;

class Ris extends Scp {
  override associationRequested(association: InstanceType<typeof dcmjsDimse.association.Association>): void {
    for (const { id } of association.getPresentationContexts()) {
      const context = association.getPresentationContext(id);
      context.setResult(constants.PresentationContextResult.Accept, context.getTransferSyntaxUids()[0]);
    }
    this.sendAssociationAccept();
  }

  override cFindRequest(
    request: InstanceType<Requests["CFindRequest"]>,
    respond: (all: InstanceType<typeof responses.CFindResponse>[]) => void,
  ): void {
    const elements = request.getDataset()?.getElements() as {
      ScheduledProcedureStepSequence?: { Modality?: string }[];
    };
    console.log(
      JSON.stringify({ service: "C-FIND", modality: elements.ScheduledProcedureStepSequence?.[0]?.Modality }),
    );
    const item = responses.CFindResponse.fromRequest(request);
    item.setDataset(
      new Dataset({
        PatientName: "Adams^Jane",
        PatientID: "P1",
        ScheduledProcedureStepSequence: [{ Modality: "CT", ScheduledProcedureStepStartDate: "20250301" }],
      }),
    );
    item.setStatus(constants.Status.Pending);
    const last = responses.CFindResponse.fromRequest(request);
    last.setStatus(constants.Status.Success);
    respond([item, last]);
  }

  override nCreateRequest(
    request: InstanceType<Requests["NCreateRequest"]>,
    respond: (response: InstanceType<typeof responses.NCreateResponse>) => void,
  ): void {
    this.#print("N-CREATE", request);
    const response = responses.NCreateResponse.fromRequest(request);
    response.setStatus(constants.Status.Success);
    respond(response);
  }

  override nSetRequest(
    request: InstanceType<Requests["NSetRequest"]>,
    respond: (response: InstanceType<typeof responses.NSetResponse>) => void,
  ): void {
    this.#print("N-SET", request);
    const response = responses.NSetResponse.fromRequest(request);
    response.setStatus(constants.Status.Success);
    respond(response);
  }

  override associationReleaseRequested(): void {
    this.sendAssociationReleaseResponse();
  }

  #print(service: string, request: InstanceType<Requests["NCreateRequest"]>): void {
    const { PerformedProcedureStepStatus: status } = request.getDataset()?.getElements() as Record<string, string>;
    const uid = request.getAffectedSopInstanceUid() ?? request.getRequestedSopInstanceUid();
    console.log(JSON.stringify({ service, uid, status }));
  }
}

log.setLevel("silent");
new Server(Ris).listen(Number(port));
