import assert from "node:assert/strict";
import { temporaryFolder } from "../support/folders.ts";
import { type ListeningGantry, listeningGantry } from "../support/gantry.ts";
import { type MadeInstance, makeInstance, writeInstances } from "../support/instances.ts";
import { dcmtk, peerTest } from "../support/peers.ts";
import { assertKept, associations, HERE } from "./support.ts";

Deno.test(peerTest("storescu: instances are kept bit for bit, in each transfer syntax", ["storescu"], async (t) => {
  await using gantry = await listeningGantry();
  using folder = temporaryFolder();
  const proposals = [
    ["1.2.840.10008.1.2", "--propose-implicit"],
    ["1.2.840.10008.1.2.1", "--propose-little"],
    ["1.2.840.10008.1.2.2", "--propose-big"],
    ["1.2.840.10008.1.2.4.70", "--propose-lossless"],
    ["1.2.840.10008.1.2.4.50", "--propose-jpeg8"],
    ["1.2.840.10008.1.2.4.51", "--propose-jpeg12"],
    ["1.2.840.10008.1.2.4.80", "--propose-jls-lossless"],
    ["1.2.840.10008.1.2.4.90", "--propose-j2k-lossless"],
    ["1.2.840.10008.1.2.4.91", "--propose-j2k-lossy"],
    ["1.2.840.10008.1.2.4.102", "--propose-mpeg4"],
    ["1.2.840.10008.1.2.4.107", "--propose-hevc"],
    ["1.2.840.10008.1.2.5", "--propose-rle"],
  ] as const;
  const sent: MadeInstance[] = [];
  for (const [transferSyntax, proposal] of proposals) {
    await t.step(proposal, async () => {
      const instance = makeInstance({ transferSyntax, pixelBytes: 40_000 });
      const [path = ""] = writeInstances(folder.path, [instance]);
      const { code, stderr } = await dcmtk("storescu", [proposal, "--required", HERE, String(gantry.port), path]);
      assert.equal(code, 0, stderr);
      sent.push(instance);
      assertKept(gantry, sent);
    });
  }
}));

Deno.test(peerTest("storescu: PDUs of any length, one association after the other", ["storescu"], async () => {
  await using gantry = await listeningGantry();
  using folder = temporaryFolder();
  const instances = [2, 4096, 131_072, 300_000].map((pixelBytes) => makeInstance({ pixelBytes }));
  const paths = writeInstances(folder.path, instances);
  const lengths = [["--max-pdu", "4096"], ["--max-send-pdu", "4096"], ["--max-pdu", "131072"], ["--repeat", "3"]];
  for (const call of lengths) {
    const { code, stderr } = await dcmtk("storescu", [...call, HERE, String(gantry.port), ...paths]);
    assert.equal(code, 0, stderr);
    assertKept(gantry, instances);
  }
}));

Deno.test(peerTest("dcmsend: a folder, in the compressed syntaxes that it holds", ["dcmsend"], async () => {
  await using gantry = await listeningGantry();
  using folder = temporaryFolder();
  // dcmsend turns other uncompressed syntaxes into this one.
  const syntaxes = ["1.2.840.10008.1.2.1", "1.2.840.10008.1.2.5", "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.50"];
  const instances = Array.from(
    { length: 40 },
    (_, index) => makeInstance({ transferSyntax: syntaxes[index % 4] ?? "", pixelBytes: 2000 + 2 * index }),
  );
  writeInstances(folder.path, instances);
  const { code, stderr } = await dcmtk("dcmsend", ["-dn", "+sd", HERE, String(gantry.port), folder.path]);
  assert.equal(code, 0, stderr);
  assertKept(gantry, instances);
}));

Deno.test(peerTest("storescu: eight associations at once do not disturb each other", ["storescu"], async () => {
  await using gantry = await listeningGantry();
  using folder = temporaryFolder();
  const shares = Array.from(
    { length: 8 },
    (_, share) => Array.from({ length: 10 }, () => makeInstance({ pixelBytes: 100_000, pixel: share })),
  );
  const exits = await Promise.all(shares.map((instances, share) => {
    const paths = writeInstances(folder.path, instances);
    return dcmtk("storescu", ["-aet", `SENDER${share}`, HERE, String(gantry.port), ...paths]);
  }));
  assert.deepEqual(exits.map(({ code }) => code), shares.map(() => 0));
  assertKept(gantry, shares.flat());
  assert.equal((await associations(gantry)).totals.operations[0]?.finished.success, 80);
}));

Deno.test(peerTest("storescu: a private SOP class is taken, or refused as configured", ["storescu"], async () => {
  using folder = temporaryFolder();
  const instance = makeInstance({ sopClassUid: "1.2.3.999" });
  const [path = ""] = writeInstances(folder.path, [instance]);
  // storescu asks for SOP classes that it doesn't know when a profile says so.
  const profile = `${folder.path}/profile.cfg`;
  Deno.writeTextFileSync(
    profile,
    `[[TransferSyntaxes]]
[Explicit]
TransferSyntax1 = LittleEndianExplicit
[[PresentationContexts]]
[Private]
PresentationContext1 = 1.2.3.999\\Explicit
[[Profiles]]
[Private]
PresentationContexts = Private
`,
  );
  const send = (gantry: ListeningGantry) =>
    dcmtk("storescu", ["-xf", profile, "Private", HERE, String(gantry.port), path]);
  {
    await using gantry = await listeningGantry();
    const { code, stderr } = await send(gantry);
    assert.equal(code, 0, stderr);
    assertKept(gantry, [instance]);
  }
  {
    await using gantry = await listeningGantry({ config: "dicom: { unknownSopClasses: refuse }" });
    const { code, stderr } = await send(gantry);
    assert.notEqual(code, 0);
    assert.match(stderr, /No Acceptable Presentation Contexts/);
    assertKept(gantry, []);
  }
}));
