/**
 * An SCP of dcmjs-dimse: `dcmjs_dimse_server.ts PORT FOLDER [STATUSES]`.
 *
 * It prints a JSON line for each C-STORE, with whether the data set has the same elements as the file in the folder that
 * has its SOP Instance UID for a name. `STATUSES` has what it answers by SOP Instance UID, as JSON; it is success otherwise.
 *
 * @module
 */

import { isDeepStrictEqual } from "node:util";
import dcmjsDimse from "dcmjs-dimse";

const { Dataset, Scp, Server, constants, log, responses } = dcmjsDimse;
const [port, folder, statuses = "{}"] = Deno.args;
const answers = JSON.parse(statuses);

class TestScp extends Scp {
  override associationRequested(association: InstanceType<typeof dcmjsDimse.association.Association>): void {
    for (const { id } of association.getPresentationContexts()) {
      const context = association.getPresentationContext(id);
      context.setResult(constants.PresentationContextResult.Accept, context.getTransferSyntaxUids()[0]);
    }
    this.sendAssociationAccept();
  }

  override cEchoRequest(
    request: InstanceType<typeof dcmjsDimse.requests.CEchoRequest>,
    respond: (response: InstanceType<typeof responses.CEchoResponse>) => void,
  ): void {
    const response = responses.CEchoResponse.fromRequest(request);
    response.setStatus(constants.Status.Success);
    respond(response);
  }

  override cStoreRequest(
    request: InstanceType<typeof dcmjsDimse.requests.CStoreRequest>,
    respond: (response: InstanceType<typeof responses.CStoreResponse>) => void,
  ): void {
    const uid = request.getAffectedSopInstanceUid();
    const expected = Dataset.fromFile(`${folder}/${uid}.dcm`);
    const same = isDeepStrictEqual(request.getDataset()?.getElements(), expected?.getElements());
    console.log(JSON.stringify({ uid, same, transferSyntax: request.getDataset()?.getTransferSyntaxUid() }));
    const response = responses.CStoreResponse.fromRequest(request);
    response.setStatus(answers[uid!] ?? constants.Status.Success);
    respond(response);
  }

  override associationReleaseRequested(): void {
    this.sendAssociationReleaseResponse();
  }
}

log.setLevel("silent");
new Server(TestScp).listen(Number(port));
