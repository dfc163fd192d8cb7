/**
 * An archive of dcmjs-dimse: `dcmjs_dimse_archive.ts PORT FOLDER DESTINATION_PORT`.
 *
 * It answers queries of one study, its instances and what is between with the files of the folder, which all belong to it;
 * gets them back on the association that asks, and moves them to the port, whatever the AE title.
 *
 * @module
 */

import dcmjsDimse from "dcmjs-dimse";

const { Client, Dataset, Scp, Server, constants, log, requests, responses } = dcmjsDimse;
const [port, folder, destination] = Deno.args;

type Requests = typeof requests;
type Responses = typeof responses;

const files = [...Deno.readDirSync(folder!)].map(({ name }) => Dataset.fromFile(`${folder}/${name}`)!);
const KEYS = { STUDY: "StudyInstanceUID", SERIES: "SeriesInstanceUID", IMAGE: "SOPInstanceUID" };

const IMPLICIT_VR_LITTLE_ENDIAN = "1.2.840.10008.1.2";

class TestScp extends Scp {
  override associationRequested(association: InstanceType<typeof dcmjsDimse.association.Association>): void {
    for (const { id } of association.getPresentationContexts()) {
      const context = association.getPresentationContext(id);
      const { Accept, RejectTransferSyntaxesNotSupported } = constants.PresentationContextResult;
      const accepts = context.getTransferSyntaxUids().includes(IMPLICIT_VR_LITTLE_ENDIAN);
      context.setResult(accepts ? Accept : RejectTransferSyntaxesNotSupported, IMPLICIT_VR_LITTLE_ENDIAN);
    }
    this.sendAssociationAccept();
  }

  override cFindRequest(
    request: InstanceType<Requests["CFindRequest"]>,
    respond: (all: InstanceType<Responses["CFindResponse"]>[]) => void,
  ): void {
    const level = String(request.getDataset()?.getElement("QueryRetrieveLevel")) as keyof typeof KEYS;
    const found = new Map(files.map((file) => [file.getElement(KEYS[level]), file]));
    const all = [...found.values()].map((file) => {
      const response = responses.CFindResponse.fromRequest(request);
      const keys = [...Object.values(KEYS), "SOPClassUID", "PatientName"];
      response.setDataset(new Dataset(Object.fromEntries(keys.map((key) => [key, file.getElement(key)]))));
      response.setStatus(constants.Status.Pending);
      return response;
    });
    const last = responses.CFindResponse.fromRequest(request);
    last.setStatus(constants.Status.Success);
    respond([...all, last]);
  }

  override cGetRequest(
    request: InstanceType<Requests["CGetRequest"]>,
    respond: (all: InstanceType<Responses["CGetResponse"]>[]) => void,
  ): void {
    let answered = 0;
    const stores = files.map((file) => {
      const store = new requests.CStoreRequest(file);
      store.on("response", () => {
        if (++answered < files.length) return;
        const last = responses.CGetResponse.fromRequest(request);
        last.setStatus(constants.Status.Success);
        last.setCompleted(answered);
        respond([last]);
      });
      return store;
    });
    this.sendRequests(stores);
  }

  override cMoveRequest(
    request: InstanceType<Requests["CMoveRequest"]>,
    respond: (all: InstanceType<Responses["CMoveResponse"]>[]) => void,
  ): void {
    const client = new Client();
    let stored = 0;
    for (const file of files) {
      const store = new requests.CStoreRequest(file);
      store.on("response", (response) => stored += response.getStatus() === constants.Status.Success ? 1 : 0);
      client.addRequest(store);
    }
    client.on("closed", () => {
      const last = responses.CMoveResponse.fromRequest(request);
      last.setStatus(constants.Status.Success);
      last.setCompleted(stored);
      respond([last]);
    });
    client.send("127.0.0.1", Number(destination), "DCMJS", "DEST");
  }

  override associationReleaseRequested(): void {
    this.sendAssociationReleaseResponse();
  }
}

log.setLevel("silent");
new Server(TestScp).listen(Number(port));
