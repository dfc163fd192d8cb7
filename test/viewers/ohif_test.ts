/** OHIF in Chromium, over the gateway that serves it. */

import assert from "node:assert/strict";
import { hasOhif, ohifFolder } from "../../scripts/fetch_ohif.ts";
import * as UID from "../../src/dicom/generated/uid.ts";
import { FrameCodecs } from "../../src/pixel_data/frame_codecs.ts";
import { denoCodecPool } from "../../src/pixel_data/pool/deno_codec_process.ts";
import { type Browser, startChromium } from "../support/chromium.ts";
import { type ListeningGantry, listeningGantry } from "../support/gantry.ts";
import { find, testWith } from "../support/peers.ts";
import { ct, enhancedMr, FIELDS, type KnownImage, STUDY_UID, ultrasound } from "./images.ts";
import { fileIn } from "./transfer_syntaxes.ts";

const missing = [
  ...(find("chromium") === undefined ? ["chromium"] : []),
  ...(hasOhif() ? [] : ["OHIF (deno task fetch:ohif)"]),
];

const IN_PAGE = Deno.readTextFileSync(new URL("in_ohif.js", import.meta.url));
const TOKEN = "0123456789abcdef0123456789abcdef";
/** What a picture on the screen may differ by: rounding; and the loss of JPEG. */
const TOLERANCE = { exact: 1, lossy: 4 };

interface Sent {
  readonly image: KnownImage;
  readonly transferSyntax: string;
  /** Whether it is looked at in the viewport; all are decoded. */
  readonly isShown?: boolean;
}

const SENT: readonly Sent[] = [
  { image: ct(1), transferSyntax: UID.ExplicitVRLittleEndian, isShown: true },
  { image: enhancedMr(2), transferSyntax: UID.ExplicitVRLittleEndian, isShown: true },
  { image: ultrasound(3), transferSyntax: UID.ExplicitVRLittleEndian, isShown: true },
  { image: ultrasound(4, 4), transferSyntax: UID.ExplicitVRLittleEndian, isShown: true },
  { image: ct(5, "CT, JPEG 2000"), transferSyntax: UID.JPEG2000Lossless, isShown: true },
  { image: ct(6, "CT, HTJ2K"), transferSyntax: UID.HTJ2KLossless, isShown: true },
  { image: ultrasound(7, 4), transferSyntax: UID.JPEGBaseline8Bit, isShown: true },
  { image: enhancedMr(8), transferSyntax: UID.JPEG2000Lossless, isShown: true },
  { image: ct(9), transferSyntax: UID.ImplicitVRLittleEndian },
  { image: ct(10), transferSyntax: UID.ExplicitVRBigEndian },
  { image: ct(11), transferSyntax: UID.DeflatedExplicitVRLittleEndian },
  { image: ct(12), transferSyntax: UID.RLELossless },
  { image: ct(13), transferSyntax: UID.JPEGLSLossless },
  { image: ct(14), transferSyntax: UID.JPEGLosslessSV1 },
  { image: ultrasound(15), transferSyntax: UID.RLELossless },
  { image: ultrasound(16), transferSyntax: UID.JPEGLSLossless },
  { image: ultrasound(17), transferSyntax: UID.JPEG2000Lossless },
  { image: ultrasound(18), transferSyntax: UID.HTJ2KLossless },
  { image: enhancedMr(19), transferSyntax: UID.HTJ2KLossless },
  { image: ultrasound(20, 4), transferSyntax: UID.JPEG2000Lossless },
];

async function store(gateway: ListeningGantry, file: Uint8Array<ArrayBuffer>): Promise<void> {
  const response = await fetch(`${gateway.origin}/dicom-web/studies`, {
    method: "POST",
    headers: { "Content-Type": "application/dicom", "Authorization": `Bearer ${TOKEN}` },
    body: file,
  });
  assert.equal(response.status, 200, await response.text());
}

function nameOf({ image, transferSyntax }: Sent): string {
  return `${image.name} in ${transferSyntax} (series ${image.seriesInstanceUid})`;
}

/** What cornerstone's image loader makes of the stored values. */
async function assertDecoded(browser: Browser, sent: Sent): Promise<void> {
  const { frames, seriesInstanceUid } = sent.image;
  const decoded = await browser.evaluate<{ samples: string; scale: [slope: number, intercept: number] }[]>(
    `inOhif.decoded("${seriesInstanceUid}")`,
  );
  assert.equal(decoded.length, frames.length, nameOf(sent));
  for (const [index, { samples, scale: [slope, intercept] }] of decoded.entries()) {
    const frame = frames[index]!;
    const bytes = Uint8Array.fromBase64(samples);
    const found = frame instanceof Int16Array ? new Int16Array(bytes.buffer) : bytes;
    const expected = frame.map((value) => value * slope + intercept);
    assert.equal(found.length, expected.length);
    const wrong = found.findIndex((value, at) => value !== expected[at]);
    assert.equal(wrong, -1, `${nameOf(sent)}, frame ${index + 1}: found ${found[wrong]}, expected ${expected[wrong]}`);
  }
}

/** What is in the viewport, in the middle of each field. */
async function assertShown(browser: Browser, sent: Sent): Promise<void> {
  const { image, transferSyntax } = sent;
  const tolerance = transferSyntax === UID.JPEGBaseline8Bit ? TOLERANCE.lossy : TOLERANCE.exact;
  for (const frame of image.frames.keys()) {
    const colours = await browser.evaluate<number[][]>(
      `inOhif.shown("${image.seriesInstanceUid}", ${frame}, ${FIELDS})`,
    );
    assert.equal(colours.length, FIELDS * FIELDS);
    for (const [at, found] of colours.entries()) {
      const shown = image.shown(frame, at % FIELDS, Math.floor(at / FIELDS));
      const expected = shown.length === 1 ? [0, 1, 2].map(() => shown[0]!) : shown;
      const isClose = found.every((value, index) => Math.abs(value - expected[index]!) <= tolerance);
      assert.ok(
        isClose,
        `${nameOf(sent)}, frame ${frame + 1}, field ${at}: found ${found}, expected ${expected.map(Math.round)}`,
      );
    }
  }
}

Deno.test(testWith({
  name: "OHIF lists studies, opens one, and shows and decodes every transfer syntax to the right pixels",
  missing,
  async fn(t) {
    await using codecs = new FrameCodecs({ runner: denoCodecPool({ size: 1 }) });
    const config = `http: { viewer: "${ohifFolder()}", token: "${TOKEN}" }`;
    await using gateway = await listeningGantry({ config, logLevel: "info" });
    for (const { image, transferSyntax } of SENT) await store(gateway, await fileIn(transferSyntax, image, codecs));
    await using browser = await startChromium({ drawing: "webgl" });

    await t.step("the list shows the study", async () => {
      // As after the token was typed, which a page without hands can't do.
      await browser.open(`${gateway.origin}/health`);
      await browser.evaluate(`sessionStorage.setItem("gantry-token", "${TOKEN}")`);
      assert.deepEqual(await browser.open(`${gateway.origin}/ohif/`), []);
      const text = await browser.until<string>(
        "document.body.innerText.includes('Viewed, Vera') && document.body.innerText",
      );
      for (const shown of ["02-Jan-2026 10:15 AM", "CT\\MR\\US", "Test of viewers", String(SENT.length)]) {
        assert.ok(text.includes(shown), `${shown} is not in ${text}`);
      }
    });

    await t.step("a study opens by its address", async () => {
      const errors = await browser.open(`${gateway.origin}/ohif/viewer?StudyInstanceUIDs=${STUDY_UID}`);
      assert.deepEqual(errors, []);
      await browser.until(`globalThis.services?.displaySetService.activeDisplaySets.length === ${SENT.length}`);
      await browser.until(
        "services.cornerstoneViewportService.getRenderingEngine()?.getViewports()[0]?.getImageData()",
      );
      await browser.evaluate(`globalThis.inOhif = ${IN_PAGE}`);
    });

    for (const sent of SENT) {
      await t.step(nameOf(sent), async () => {
        if (sent.transferSyntax !== UID.JPEGBaseline8Bit) await assertDecoded(browser, sent);
        if (sent.isShown) await assertShown(browser, sent);
      });
    }

    await t.step("the gateway has nothing to complain of", () => {
      assert.deepEqual(gateway.log.filter(({ level }) => level === "warn" || level === "error"), []);
    });
  },
}));
