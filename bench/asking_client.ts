/**
 * Asks a gateway until a time, and prints what came of it as JSON: KIND PORT UNTIL INSTANCES. KIND is `ask`: sixteen
 * associations with questions; or `echo`: one with a C-ECHO every 10 ms.
 *
 * @module
 */

import { requestAssociation, type ScuAssociation, UID } from "../mod.ts";
import { DataSet } from "../mod/data_set.ts";
import { connectTcp } from "../mod/deno.ts";
import { day, uid } from "./index_load.ts";

const [kind, port = "", until = "", instances = ""] = Deno.args;
const ASKERS = 16;
const EVERY = 10;

async function associate(abstractSyntax: string): Promise<ScuAssociation> {
  const connection = await connectTcp({ hostname: "127.0.0.1", port: Number(port) });
  return await requestAssociation(connection, {
    callingAeTitle: "BENCH",
    calledAeTitle: "GANTRY",
    presentationContexts: [{ abstractSyntax, transferSyntaxes: [UID.ExplicitVRLittleEndian] }],
  });
}

function isOver(): boolean {
  return Date.now() >= Number(until);
}

async function echo(): Promise<unknown> {
  await using association = await associate(UID.Verification);
  const times: number[] = [];
  while (!isOver()) {
    const began = performance.now();
    await association.echo();
    times.push(performance.now() - began);
    await new Promise((resolve) => setTimeout(resolve, EVERY));
  }
  times.sort((one, other) => one - other);
  return { count: times.length, median: times[times.length >> 1], longest: times.at(-1) };
}

const STUDY = { QueryRetrieveLevel: "STUDY", PatientName: "", PatientID: "", StudyDate: "", StudyInstanceUID: "" };

/** Questions in turn; `number` says which. */
function question(number: number): DataSet {
  const study = number * 7919 % (Number(instances) / 20);
  switch (number % 5) {
    case 0:
      return new DataSet({ ...STUDY, StudyDate: day(study) });
    case 1:
      return new DataSet({ ...STUDY, PatientID: `P${study >> 1}` });
    case 2:
      return new DataSet({ ...STUDY, PatientName: `NOVAK${study % 97}*` });
    case 3:
      return new DataSet({ ...STUDY, StudyDescription: `*rax ${study % 37}` });
    default:
      return new DataSet({
        ...{ QueryRetrieveLevel: "IMAGE", StudyInstanceUID: uid(1, study) },
        ...{ SOPInstanceUID: "", InstanceNumber: "" },
      });
  }
}

async function ask(): Promise<unknown> {
  let [questions, answers] = [0, 0];
  const asker = async () => {
    await using association = await associate(UID.StudyRootQueryRetrieveInformationModelFind);
    const { provider } = association;
    const [context] = association.agreement.contexts;
    while (!isOver()) {
      const dataSet = question(questions++);
      const request = { type: "C-FIND-RQ", affectedSopClassUid: context!.abstractSyntax, priority: "medium" } as const;
      await provider.invoke(context!, request, { dataSet, onPending: () => void answers++ });
    }
  };
  await Promise.all(Array.from({ length: ASKERS }, asker));
  return { questions, answers };
}

console.log(JSON.stringify(kind === "echo" ? await echo() : await ask()));
