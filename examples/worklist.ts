/**
 * A modality worklist (C-FIND SCP, PS3.4 Annex K) of the items in a JSON file, in the DICOM JSON model.
 *
 *     deno run -A examples/worklist.ts 11112 worklist.json
 *
 * @module
 */

import { createScp, firstSupported, readMessageDataSet } from "@gantry/dicom";
import { fromJson } from "@gantry/dicom/data-set";
import { compileQuery, createQuery } from "@gantry/dicom/query";
import { type Service, Status, UID, verification } from "@gantry/dicom";
import { listenTcp } from "@gantry/dicom/deno";

const [port = "11112", path = "worklist.json"] = Deno.args;
const syntaxes = firstSupported([UID.ExplicitVRLittleEndian, UID.ImplicitVRLittleEndian]);

const worklist: Service = {
  performs: ["C-FIND-RQ"],
  transferSyntaxes: (sopClassUid) => sopClassUid === UID.ModalityWorklistInformationModelFind ? syntaxes : undefined,
  async *perform(request) {
    const keys = await readMessageDataSet(request);
    const { matches, answer } = compileQuery(createQuery({ model: "worklist", level: "WORKLIST", keys }));
    for (const json of JSON.parse(await Deno.readTextFile(path))) {
      if (request.signal.aborted) return yield { status: Status.Cancel };
      const item = fromJson(json);
      if (matches(item)) yield { status: Status.Pending, dataSet: answer(item) };
    }
    yield { status: Status.Success };
  },
};

const scp = createScp({ services: [verification(), worklist] });
for await (const connection of await listenTcp({ port: Number(port) })) scp.accept(connection);
