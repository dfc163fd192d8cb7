import assert from "node:assert/strict";
import { parseConfig } from "../../src/config.ts";
import { setEncapsulatedFrames } from "../../src/dicom/data_set/frames/pixel_frames.ts";
import * as UID from "../../src/dicom/generated/uid.ts";
import { openCodecs } from "../../src/hosts/codecs.ts";
import { startGateway } from "../../src/hosts/deno.ts";
import { denoPlatform } from "../../src/hosts/deno_platform.ts";
import type { HostNotice } from "../../src/hosts/notice.ts";
import { createMemoryIndex } from "../../src/index/memory_index.ts";
import { createMemoryStore } from "../../src/objects/memory_store.ts";
import { encodeRle } from "../../src/pixel_data/rle/encode_rle.ts";
import { describeFrames } from "../../src/pixel_data/frame_description.ts";
import { Peer } from "../../src/services/peer.ts";
import { connectTcp } from "../../src/transport/deno.ts";
import { dataSetOf } from "../query/data_sets.ts";
import { grayImage, pictureOf } from "../dicomweb/server/pictures.ts";
import { instanceOf } from "../dicomweb/server/support.ts";
import { temporaryFolder } from "../support/folders.ts";

const INSTANCE = "studies/1.2.9/series/1.2.9.1/instances/1.2.9.1.1";

Deno.test("a gateway that is started renders, transcodes for the web and for C-GET, and serves a viewer", async () => {
  using viewer = temporaryFolder();
  await Deno.writeTextFile(`${viewer.path}/index.html`, "<p>viewer");
  const yaml = `http: { port: 0, viewer: "${viewer.path}" }\ndicom: { host: 127.0.0.1, port: 0 }`;
  await using store = createMemoryStore();
  const notices: HostNotice[] = [];
  await using gateway = await startGateway(await parseConfig(yaml), {
    archive: { store, index: createMemoryIndex() },
    onNotice: (notice) => void notices.push(notice),
  });
  const url = `http://127.0.0.1:${gateway.http.port}`;
  const image = grayImage();
  setEncapsulatedFrames(image, [encodeRle(new Uint8Array(192).fill(10), describeFrames(image))]);
  const { file, sopClassUid } = instanceOf(image, UID.RLELossless);
  const stored = await fetch(`${url}/dicom-web/studies`, {
    method: "POST",
    headers: { "content-type": "application/dicom" },
    body: file,
  });
  assert.equal(stored.status, 200, await stored.text());
  const rendered = await fetch(`${url}/dicom-web/${INSTANCE}/rendered`, { headers: { accept: "image/png" } });
  assert.equal((await pictureOf(rendered)).middle, 10);
  const frame = await fetch(`${url}/dicom-web/${INSTANCE}/frames/1`, { headers: { accept: "image/jls" } });
  assert.equal(frame.headers.get("content-type"), `image/jls; transfer-syntax=${UID.JPEGLSLossless}`);
  await frame.body?.cancel();
  assert.equal(await (await fetch(`${url}/ohif/viewer`)).text(), "<p>viewer");

  await using caller = new Peer({
    calledAeTitle: "GANTRY",
    callingAeTitle: "TEST",
    connect: () => connectTcp({ hostname: "127.0.0.1", port: gateway.dicom.port }),
  });
  const got: string[] = [];
  const steps = caller.get({
    identifier: dataSetOf({ QueryRetrieveLevel: "STUDY", StudyInstanceUID: "1.2.9" }),
    sopClassUids: [sopClassUid],
    transferSyntaxes: [UID.ExplicitVRLittleEndian],
    keep: async ({ transferSyntax, dataSet }) => {
      await dataSet.cancel();
      got.push(transferSyntax);
    },
  });
  assert.equal((await Array.fromAsync(steps)).at(-1)?.completed, 1);
  assert.deepEqual(got, [UID.ExplicitVRLittleEndian]);
  assert.deepEqual(notices.filter(({ level }) => level !== "info"), []);
});

Deno.test("startGateway() says how to get a viewer that isn't there", async () => {
  using folder = temporaryFolder();
  await using store = createMemoryStore();
  const config = await parseConfig(`http: { port: 0, viewer: "${folder.path}" }`);
  const started = startGateway(config, { archive: { store, index: createMemoryIndex() } });
  await assert.rejects(started, /^Error: Cannot serve the viewer in .*: it has no index\.html; install it with/);
});

Deno.test("openCodecs() tells once that codecs may not be started, and then does without them", async () => {
  const notices: HostNotice[] = [];
  await using codecs = await openCodecs({ codecPool: () => Promise.resolve(undefined) }, (notice) => {
    notices.push(notice);
  });
  assert.deepEqual(notices.map(({ level, event }) => [level, event]), [["warn", "codecs-unavailable"]]);
  assert.match(notices[0]!.message, /JPEG-LS, JPEG 2000 and HTJ2K: .*gantry check --permissions/);
  assert.deepEqual(
    [UID.RLELossless, UID.JPEGLossless, UID.JPEG2000].map((syntax) => codecs.canDecode(syntax)),
    [true, true, false],
  );
});

Deno.test({
  name: "on Deno there is a pool of codecs where Deno itself may be run",
  permissions: { run: [Deno.execPath()] },
  async fn() {
    const pool = await denoPlatform.codecPool();
    assert.ok(pool !== undefined);
    await pool[Symbol.asyncDispose]();
  },
});

Deno.test({
  name: "on Deno there is no pool of codecs without that permission",
  permissions: { run: false },
  async fn() {
    assert.equal(await denoPlatform.codecPool(), undefined);
  },
});
