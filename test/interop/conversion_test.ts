/** What DCMTK makes of converted data sets, and of the same ones that it converts itself. */

import assert from "node:assert/strict";
import { convertTransferSyntax, isConvertible } from "../../src/dicom/conversion/convert_transfer_syntax.ts";
import { type FileHeader, fileMetaInformation, readFileHeader } from "../../src/dicom/part10.ts";
import { UID } from "../../src/dicom/uids.ts";
import { corpusFiles, corpusIsThere, corpusPath } from "../dicom/corpus.ts";
import { temporaryFolder } from "../support/folders.ts";
import { joined } from "../support/instances.ts";
import { dcmtk, find, testWith, type Tool } from "../support/peers.ts";

const TARGETS = [[UID.ImplicitVRLittleEndian, "+ti"], [UID.ExplicitVRLittleEndian, "+te"]] as const;
const TOOLS: readonly Tool[] = ["dcmconv", "dcmdump"];

testWith({
  name: "convertTransferSyntax(): dcmdump shows of the corpus what it shows after dcmconv",
  missing: [...TOOLS.filter((tool) => find(tool) === undefined), ...(corpusIsThere ? [] : ["a corpus"])],
  async fn() {
    using folder = temporaryFolder();
    let judged = 0;
    for (const name of corpusFiles().filter((name) => !/DICOMDIR|truncated/.test(name))) {
      const file = Deno.readFileSync(corpusPath(name));
      const header = headerOf(file);
      if (header === undefined) continue;
      for (const [to, option] of TARGETS.filter(([to]) => to !== header.transferSyntax)) {
        const [ours, theirs] = [`${folder.path}/ours`, `${folder.path}/theirs`];
        const { code } = await dcmtk("dcmconv", [option, "-e", "-g", "-q", corpusPath(name), theirs]);
        if (code !== 0) continue; // A file that DCMTK refuses.
        Deno.writeFileSync(ours, await converted(file, header, to));
        assert.equal(await dump(ours), await dump(theirs), `${name} ${option}`);
        judged++;
      }
    }
    assert.ok(judged > 100);
  },
});

function headerOf(file: Uint8Array): FileHeader | undefined {
  try {
    const header = readFileHeader(file, { ended: true });
    return header !== undefined && isConvertible(header.transferSyntax) ? header : undefined;
  } catch {
    return undefined; // No DICOM, which the corpus has as well.
  }
}

async function converted(
  file: Uint8Array<ArrayBuffer>,
  { meta, transferSyntax, dataSetOffset }: FileHeader,
  to: string,
): Promise<Uint8Array> {
  const stream = new Blob([file.subarray(dataSetOffset)]).stream();
  const dataSet = convertTransferSyntax(stream, { from: transferSyntax, to });
  const head = fileMetaInformation({
    sopClassUid: meta.mediaStorageSopClassUid ?? "1.2",
    sopInstanceUid: meta.mediaStorageSopInstanceUid ?? "1.2",
    transferSyntax: to,
  });
  return joined(
    head,
    new Uint8Array(await new Response(dataSet as ReadableStream<Uint8Array<ArrayBuffer>>).arrayBuffer()),
  );
}

/** The data set in full, as far as it is one. */
async function dump(path: string): Promise<string | undefined> {
  const { stdout } = await dcmtk("dcmdump", ["-q", "+L", path]);
  return stdout.split("# Dicom-Data-Set\n")[1];
}
