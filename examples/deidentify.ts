/**
 * Copies the instances of a folder without what identifies their patients, by the Basic Profile of PS3.15 Annex E: dates are
 * moved by days that only the key tells, devices stay, and ultrasound images keep no more than their regions. What can't be
 * de-identified is named, and not copied.
 *
 *     DEIDENTIFICATION_KEY=… deno run -A examples/deidentify.ts study/ anonymous/
 *
 * @module
 */

import { createDeidentifier, deidentifyInstance, readKey } from "@gantry/dicom/deidentify";

const [source = "study", target = "anonymous"] = Deno.args;
await Deno.mkdir(target, { recursive: true });

const deidentifier = createDeidentifier({
  key: readKey(Deno.env.get("DEIDENTIFICATION_KEY") ?? ""),
  options: ["retain-modified-dates", "retain-device"],
  pixels: [{ when: { Modality: "US" }, treatment: "ultrasound-regions" }],
});

for await (const { name, isFile } of Deno.readDir(source)) {
  if (!isFile || !name.endsWith(".dcm")) continue;
  const pending = `${target}/${crypto.randomUUID()}.part`;
  try {
    const file = await Deno.open(`${source}/${name}`);
    const instance = await deidentifyInstance(file.readable, deidentifier);
    await Deno.writeFile(pending, instance.stream());
    await Deno.rename(pending, `${target}/${instance.sopInstanceUid}.dcm`);
  } catch (error) {
    console.error(`${name}: ${(error as Error).message}`);
    await Deno.remove(pending).catch(() => {});
    Deno.exitCode = 1;
  }
}
