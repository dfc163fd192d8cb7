/** The client that viewers use, against a whole gateway. */

import assert from "node:assert/strict";
import { api } from "dicomweb-client";
import { ValueElement } from "../../../src/dicom/data_set/data_element.ts";
import { DataSet } from "../../../src/dicom/data_set/data_set.ts";
import { setEncapsulatedFrames } from "../../../src/dicom/data_set/frames/pixel_frames.ts";
import * as UID from "../../../src/dicom/generated/uid.ts";
import { makeInstance, readContent } from "../../support/instances.ts";
import { FetchedXmlHttpRequest } from "../../support/xml_http_request.ts";
import { serveGateway } from "./served.ts";
import { instanceOf, type JsonAnswer } from "./support.ts";

const FRAMES = [0, 1, 2].map((frame) => Uint8Array.of(0xff, 0xd8, ...Array(500).fill(frame)));

function compressed() {
  const dataSet = new DataSet({ PatientID: "P1", PatientName: "Doe^Jane", StudyDate: "20250101", Modality: "US" });
  dataSet.set("NumberOfFrames", 3).setElement(new ValueElement(0x0028_2000, "OB", new Uint8Array(3000).fill(7)));
  setEncapsulatedFrames(dataSet, FRAMES);
  return instanceOf(dataSet, UID.JPEGBaseline8Bit);
}

Deno.test("dicomweb-client finds and retrieves", async (t) => {
  const plain = makeInstance({ studyInstanceUid: "1.2.9", seriesInstanceUid: "1.2.9.2" });
  await using served = await serveGateway([compressed(), plain]);
  const client = new api.DICOMwebClient({
    url: served.url,
    singlepart: "",
    requestHooks: [],
    verbose: false,
  });
  const request = () => ({ instance: new FetchedXmlHttpRequest() as never });
  const uids = { studyInstanceUID: "1.2.9", seriesInstanceUID: "1.2.9.1", sopInstanceUID: "1.2.9.1.1" };
  const ofPlain = { studyInstanceUID: "1.2.9", seriesInstanceUID: "1.2.9.2", sopInstanceUID: plain.sopInstanceUid };
  const buffers = (found: unknown) => (found as ArrayBuffer[]).map((buffer) => new Uint8Array(buffer));

  await t.step("searchForStudies, searchForSeries, searchForInstances", async () => {
    const queryParams = { PatientID: "P1", limit: 10, fuzzymatching: true };
    const studies = await client.searchForStudies({ queryParams, request: request() } as never) as JsonAnswer[];
    assert.deepEqual(studies.map((study) => study["0020000D"]?.Value?.[0]), ["1.2.9"]);
    const series = await client.searchForSeries({ ...uids, request: request() } as never) as JsonAnswer[];
    assert.equal(series.length, 2);
    const instances = await client.searchForInstances({ ...uids, request: request() } as never) as JsonAnswer[];
    assert.equal(instances[0]!["00083002"]?.Value?.[0], UID.JPEGBaseline8Bit);
    const none = await client.searchForStudies({ queryParams: { PatientID: "?" }, request: request() } as never);
    assert.deepEqual(none, []);
  });

  await t.step("retrieveStudyMetadata, retrieveSeriesMetadata, retrieveInstanceMetadata", async () => {
    assert.equal((await client.retrieveStudyMetadata({ ...uids, request: request() } as never) as unknown[]).length, 2);
    assert.equal(
      (await client.retrieveSeriesMetadata({ ...uids, request: request() } as never) as unknown[]).length,
      1,
    );
    const [metadata] = await client.retrieveInstanceMetadata(
      { ...uids, request: request() } as never,
    ) as unknown as JsonAnswer[];
    const uri = metadata!["00282000"]!.BulkDataURI!;
    const [value] = buffers(await client.retrieveBulkData({ BulkDataURI: uri, request: request() } as never));
    assert.deepEqual(value, new Uint8Array(3000).fill(7));
    const single = new api.DICOMwebClient({ url: served.url, singlepart: true } as never);
    const [whole] = buffers(await single.retrieveBulkData({ BulkDataURI: uri, request: request() } as never));
    assert.deepEqual(whole, value);
  });

  await t.step("retrieveInstance, retrieveSeries, retrieveStudy", async () => {
    const instance = await client.retrieveInstance(
      { ...ofPlain, request: request() } as never,
    ) as unknown as ArrayBuffer;
    assert.deepEqual(readContent(new Uint8Array(instance)).dataSet, plain.dataSet);
    const series = buffers(await client.retrieveSeries({ ...uids, request: request() } as never));
    assert.equal(readContent(series[0]!).transferSyntax, UID.JPEGBaseline8Bit);
    assert.equal(buffers(await client.retrieveStudy({ ...uids, request: request() } as never)).length, 2);
  });

  await t.step("retrieveInstanceFrames", async () => {
    const mediaTypes = [
      [{ mediaType: "image/jpeg", transferSyntaxUID: UID.JPEGBaseline8Bit }],
      [{ mediaType: "application/octet-stream", transferSyntaxUID: "*" }],
      [{ mediaType: "image/jls", transferSyntaxUID: "1.2.840.10008.1.2.4.80" }, {
        mediaType: "image/jpeg",
        transferSyntaxUID: UID.JPEGBaseline8Bit,
      }],
    ];
    for (const types of mediaTypes) {
      const options = { ...uids, frameNumbers: [3, 1], mediaTypes: types, request: request() };
      const frames = buffers(await client.retrieveInstanceFrames(options as never));
      assert.deepEqual(frames, [FRAMES[2], FRAMES[0]]);
    }
    const raw = await client.retrieveInstanceFrames({ ...ofPlain, frameNumbers: [1], request: request() } as never);
    assert.deepEqual(buffers(raw)[0], new Uint8Array(512).fill(0x55));
  });
});
