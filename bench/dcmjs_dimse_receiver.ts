/**
 * A storage SCP of dcmjs-dimse that keeps what comes in files: `dcmjs_dimse_receiver.ts PORT FOLDER`.
 *
 * @module
 */

import dcmjs from "dcmjs-dimse";

const { Scp, Server, constants, log, responses } = dcmjs;
const [port, folder] = Deno.args;

class Receiver extends Scp {
  override associationRequested(association: InstanceType<typeof dcmjs.association.Association>): void {
    for (const { id } of association.getPresentationContexts()) {
      const context = association.getPresentationContext(id);
      context.setResult(constants.PresentationContextResult.Accept, context.getTransferSyntaxUids()[0]);
    }
    this.sendAssociationAccept();
  }

  override cStoreRequest(
    request: InstanceType<typeof dcmjs.requests.CStoreRequest>,
    respond: (response: InstanceType<typeof responses.CStoreResponse>) => void,
  ): void {
    request.getDataset()?.toFile(`${folder}/${request.getAffectedSopInstanceUid()}.dcm`, (error) => {
      const response = responses.CStoreResponse.fromRequest(request);
      response.setStatus(error ? constants.Status.ProcessingFailure : constants.Status.Success);
      respond(response);
    });
  }

  override associationReleaseRequested(): void {
    this.sendAssociationReleaseResponse();
  }
}

log.setLevel("silent");
new Server(Receiver).listen(Number(port));
