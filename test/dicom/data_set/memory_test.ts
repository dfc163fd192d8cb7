import assert from "node:assert/strict";
import { fileMetaInformation } from "../../../src/dicom/part10.ts";
import * as UID from "../../../src/dicom/generated/uid.ts";
import { bytesOf, element, EXPLICIT, header } from "../encoding/elements.ts";
import { temporaryFolder } from "../../support/folders.ts";

const LENGTH = 200_000_000;

/** What the runtime itself takes meanwhile: compiled code, chunks that wait for the garbage collector. */
const OTHERS = 64_000_000;

/** How many times the file may be in memory: as it was read, and as it was written. */
const TIMES = {
  "readFile": 1,
  "writeFile": 2,
  "readFileFrom a source": 0,
  "readFileFrom a stream": 1,
};

/** A file whose Pixel Data is a hole, which takes no place on a disk. */
function makeLargeFile(path: string): void {
  const head = bytesOf(
    fileMetaInformation({ sopClassUid: "1.2", sopInstanceUid: "1.2.3", transferSyntax: UID.ExplicitVRLittleEndian }),
    element(EXPLICIT, 0x0008_0016, "UI", "1.2\0"),
    element(EXPLICIT, 0x0008_0018, "UI", "1.2.3\0"),
    header(EXPLICIT, 0x7fe0_0010, "OW", LENGTH),
  );
  Deno.writeFileSync(path, head);
  Deno.truncateSync(path, head.length + LENGTH);
}

async function measure(what: string, path: string): Promise<number> {
  const script = new URL("./measure_memory.ts", import.meta.url);
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", "-A", script.href, what, path],
    signal: AbortSignal.timeout(60_000),
  }).output();
  return Number(new TextDecoder().decode(stdout).trim() || NaN);
}

for (const [what, times] of Object.entries(TIMES)) {
  Deno.test({
    name: `${what} holds a large file ${times === 0 ? "not at all" : `${times} times`}`,
    ignore: Deno.build.os !== "linux",
    async fn() {
      using folder = temporaryFolder();
      const path = `${folder.path}/large.dcm`;
      makeLargeFile(path);
      const taken = await measure(what, path);
      assert.ok(taken < 1.1 * times * LENGTH + OTHERS, `${taken} bytes`);
      assert.ok(taken > times * LENGTH);
    },
  });
}
