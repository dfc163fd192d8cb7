/** dicomweb-client, which viewers and plugins are built on: stores, and has pixels in the form that it asks for. */

import assert from "node:assert/strict";
import { api } from "dicomweb-client";
import * as UID from "../../src/dicom/generated/uid.ts";
import { FrameCodecs } from "../../src/pixel_data/frame_codecs.ts";
import { denoCodecPool } from "../../src/pixel_data/pool/deno_codec_process.ts";
import { pictureOf } from "../dicomweb/server/pictures.ts";
import { listeningGantry } from "../support/gantry.ts";
import { FetchedXmlHttpRequest } from "../support/xml_http_request.ts";
import { ct, enhancedMr, type KnownImage, SIZE, STUDY_UID, ultrasound } from "./images.ts";
import { fileIn } from "./transfer_syntaxes.ts";

const SENT: readonly (readonly [transferSyntax: string, image: KnownImage])[] = [
  [UID.ExplicitVRLittleEndian, ct(1)],
  [UID.ImplicitVRLittleEndian, ultrasound(2)],
  [UID.ExplicitVRBigEndian, ct(3)],
  [UID.DeflatedExplicitVRLittleEndian, enhancedMr(4)],
  [UID.RLELossless, ultrasound(5, 4)],
  [UID.JPEGLosslessSV1, ct(6)],
  [UID.JPEGLSLossless, enhancedMr(7)],
  [UID.JPEG2000Lossless, ultrasound(8, 4)],
  [UID.HTJ2KLossless, enhancedMr(9)],
  [UID.HTJ2KLossless, ultrasound(10)],
];

/** What is asked for, and what answers are compared as. */
const FORMS = [
  {
    name: "Explicit VR Little Endian",
    mediaType: "application/octet-stream",
    transferSyntaxUID: UID.ExplicitVRLittleEndian,
  },
  { name: "no transfer syntax", mediaType: "application/octet-stream" },
] as const;

Deno.test("dicomweb-client: frames of each transfer syntax come decoded to the stored samples, and as pictures", async (t) => {
  await using codecs = new FrameCodecs({ runner: denoCodecPool({ size: 1 }) });
  await using gateway = await listeningGantry({ logLevel: "info" });
  const url = `${gateway.origin}/dicom-web`;
  const client = new api.DICOMwebClient({ url, singlepart: "", requestHooks: [], verbose: false });
  const request = () => ({ instance: new FetchedXmlHttpRequest() as never });
  const files = await Promise.all(SENT.map(([transferSyntax, image]) => fileIn(transferSyntax, image, codecs)));
  await client.storeInstances({ datasets: files.map(({ buffer }) => buffer), request: request() } as never);

  for (const [transferSyntax, image] of SENT) {
    const { seriesInstanceUid: series, frames } = image;
    const uids = { studyInstanceUID: STUDY_UID, seriesInstanceUID: series, sopInstanceUID: `${series}.1` };
    const frameNumbers = frames.map((_, index) => index + 1);
    await t.step(`${image.name} in ${transferSyntax}`, async () => {
      for (const { name, ...mediaType } of FORMS) {
        const options = { ...uids, frameNumbers, mediaTypes: [mediaType], request: request() };
        const found = await client.retrieveInstanceFrames(options as never) as unknown as ArrayBuffer[];
        assert.equal(found.length, frames.length);
        for (const [index, frame] of frames.entries()) {
          assert.deepEqual(new Uint8Array(found[index]!), new Uint8Array(frame.buffer), `${name}, frame ${index + 1}`);
        }
      }
    });

    await t.step(`${image.name} in ${transferSyntax}, rendered`, async () => {
      const mediaTypes = [{ mediaType: "image/png" }];
      const last = { ...uids, frameNumbers: [frames.length], mediaTypes };
      const { retrieveInstanceFramesRendered, retrieveInstanceRendered, retrieveInstanceThumbnail } = client;
      const calls: readonly [call: (options: never) => unknown, options: object, size: number][] = [
        [retrieveInstanceFramesRendered, last, SIZE],
        [retrieveInstanceRendered, { ...uids, mediaTypes }, SIZE],
        [retrieveInstanceThumbnail, { ...uids, mediaTypes }, 128],
      ];
      for (const [call, options, size] of calls) {
        const [bytes] = await call.call(client, { ...options, request: request() } as never) as [ArrayBuffer];
        const picture = await pictureOf(new Response(bytes, { headers: { "content-type": "image/png" } }));
        assert.deepEqual([picture.width, picture.height], [size, size]);
        if (call !== retrieveInstanceFramesRendered) continue;
        // The middle of the image is the corner of a field, with noise: so anything near what its field shows.
        const [shown = 0] = image.shown(frames.length - 1, 4, 4);
        assert.ok(Math.abs(picture.middle - shown) <= 8, `found ${picture.middle}, expected ${shown}`);
      }
    });
  }
});
