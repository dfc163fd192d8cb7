/**
 * Searches over an index of many studies, which go straight into it: Orthanc would take hours to receive them.
 *
 * @module
 */

import { DataSet } from "../src/dicom/data_set/data_set.ts";
import { writeDataSet } from "../src/dicom/data_set/writing/write_data_set.ts";
import * as UID from "../src/dicom/generated/uid.ts";
import { createSqliteIndex } from "../src/index/sqlite_index.ts";
import { studyAttributes } from "./dicomweb_load.ts";
import { ROOT, startGantry } from "./dicomweb_peers.ts";
import { LIST, median } from "./dicomweb_questions.ts";
import { HttpConnection } from "./http_connection.ts";
import { dataFolder } from "./processes.ts";

/** What is asked, and in how many milliseconds it is to be answered. */
const QUERIES: readonly (readonly [name: string, query: string, wanted?: number])[] = [
  ["list of 101 studies, as OHIF asks", LIST, 5],
  ["studies of a patient", "PatientID=SMALL77"],
  ["names with wild cards", "PatientName=*ANNA*&limit=101"],
];

/** What an index of so many studies takes for the list of 101, and for others, in so many rounds. */
export async function measureList(count: number, rounds: number): Promise<void> {
  const folder = Deno.makeTempDirSync({ dir: dataFolder, prefix: "dicomweb-" });
  try {
    {
      await using index = createSqliteIndex(`${folder}/index.sqlite`, { durable: false });
      for (let number = 0; number < count; number++) {
        const { PatientName, PatientID, PatientBirthDate, PatientSex, ...study } = studyAttributes(number);
        const sopInstanceUid = `1.2.826.0.3.${number}`;
        await index.find(sopInstanceUid);
        await index.put(
          {
            ...{ patientId: PatientID, studyInstanceUid: `1.2.826.0.1.${number}`, sopInstanceUid },
            ...{ seriesInstanceUid: `1.2.826.0.2.${number}`, sopClassUid: UID.CTImageStorage, sourceAeTitle: "CT1" },
            ...{ transferSyntax: UID.ExplicitVRLittleEndian, name: `${number}.dcm`, size: 1000, dataSetOffset: 300 },
            ...{ receivedAt: number, serial: number + 1 },
          },
          [],
          {
            PATIENT: writeDataSet(new DataSet({ PatientName, PatientID, PatientBirthDate, PatientSex })),
            STUDY: writeDataSet(new DataSet(study)),
            SERIES: writeDataSet(new DataSet({ Modality: "CT", SeriesNumber: 1 })),
            IMAGE: writeDataSet(new DataSet({ InstanceNumber: 1 })),
          },
        );
        if (number % 1000 === 0) await new Promise((resolve) => setTimeout(resolve));
      }
    }
    await using server = await startGantry(folder);
    using connection = new HttpConnection(server.httpPort);
    console.log(`\n${count} studies`);
    for (const [name, query, wanted] of QUERIES) {
      const seconds: number[] = [];
      for (let round = 0; round < 2 * rounds; round++) {
        const answered = await connection.get(`${ROOT}/studies?${query}`, "application/dicom+json");
        if (answered.status !== 200) throw new Error(`Cannot measure: ${name}: the answer was ${answered.status}`);
        // The first half makes everybody warm.
        if (round >= rounds) seconds.push(answered.seconds);
      }
      const milliseconds = median(seconds) * 1000;
      const met = wanted === undefined ? "" : `   ≤ ${wanted} ms ${milliseconds <= wanted ? "yes" : "NO"}`;
      console.log(`${name.padEnd(40)}${milliseconds.toFixed(2).padStart(11)} ms${met}`);
    }
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}
