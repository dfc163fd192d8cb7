/**
 * `gantry deidentify`: files without what identifies patients.
 *
 * @module
 */

import type { Deidentifier } from "../../deidentify/deidentifier.ts";
import type { PixelRule, PixelTreatment, Rectangle } from "../../deidentify/pixel_treatment.ts";
import type { FrameCodecs } from "../../pixel_data/frame_codecs.ts";
import { Report } from "../../deidentify/report.ts";
import { describeSystemError, systemCode } from "../../hosts/system_error.ts";
import { errorText, escapeJson, escapeText } from "../../safe_text.ts";
import { type Call, defineCommand, ExitCode, type Flags, UsageError } from "../command_line/command.ts";
import { listenForInterruption } from "../command_line/interruption.ts";
import { findInstances, type InstanceFile } from "../files/instance_files.ts";
import { openLentFile } from "../files/lent_file.ts";
import { writeNewFile } from "../files/new_file.ts";
import { ProgressBar } from "../output/progress.ts";
import { styled, type Terminal } from "../output/terminal.ts";
import { count, formatBytes, formatDuration } from "../output/units.ts";

/** Where the key may be when there is no file with it. */
const KEY_VARIABLE = "GANTRY_DEIDENTIFY_KEY";

const flags = {
  output: {
    type: "text",
    short: "o",
    value: "FOLDER",
    help: "Folder to write the new files to; created if it does not exist",
  },
  profile: { type: "text", value: "PROFILE", choices: ["basic"], help: "The profile of PS3.15 Annex E (basic)" },
  options: { type: "texts", value: "NAMES", help: "Options of the profile, separated by commas; may be repeated" },
  keyFile: {
    type: "text",
    value: "FILE",
    help: `File with the secret, at least 16 bytes (default: the value of ${KEY_VARIABLE})`,
  },
  pixels: {
    type: "texts",
    value: "MODALITY=WHAT",
    help:
      "What to do with pixels that may show text: keep, ultrasound-regions, or x,y,width,height;…; * is any modality",
  },
  dryRun: { type: "boolean", help: "Report what the command would do, and write no files" },
  json: { type: "boolean", help: "Print one JSON object per line: each instance, then a summary" },
} as const satisfies Flags;

type Values = Call<typeof flags>["values"];

/** `gantry deidentify PATH… -o FOLDER` */
export const deidentify = defineCommand({
  name: "deidentify",
  summary: "Write copies of DICOM files that do not identify patients",
  description:
    "Follows the Basic Profile of PS3.15 Annex E and its options: retain-uids, retain-device, retain-institution,\n" +
    "retain-patient-characteristics, retain-full-dates, retain-modified-dates, retain-safe-private, clean-descriptors,\n" +
    "clean-structured-content, clean-graphics, clean-pixel-data. With the same key, a patient, study or instance always\n" +
    "gets the same replacement. Names the new files by their new UIDs, and never overwrites a file. If it cannot\n" +
    "de-identify an instance, it prints the path and the reason, and writes no file for it.",
  operands: [{ name: "PATH", help: "files and folders", many: true }],
  flags,
  examples: [
    ["deidentify study/ -o out --key-file key", "De-identify a study by the Basic Profile"],
    ["deidentify ct/ -o out --key-file key --options retain-device", "Keep the identities of devices"],
    [
      "deidentify us/ -o out --key-file key --pixels US=ultrasound-regions",
      "Blank everything outside the ultrasound regions",
    ],
  ],
  failed: "The command could not de-identify an instance, or read or write a file",
  run,
});

async function run({ operands, values, terminal }: Call<typeof flags>): Promise<ExitCode> {
  if (values.output === undefined && !values.dryRun) {
    throw new UsageError("Cannot start: --output is missing; expected a folder for the new files");
  }
  const { openTranscoding } = await import("../peers/transcoding.ts");
  await using transcoding = await openTranscoding();
  const deidentifier = await makeDeidentifier(values, terminal, transcoding.codecs);
  const { instances, skipped, failed } = findInstances(operands);
  const work = new Work(deidentifier, values, terminal, instances);
  for (const { path, reason } of skipped) work.tell(path, "skipped", reason);
  for (const { path, reason } of failed) work.tell(path, "failed", reason);
  using interruption = listenForInterruption();
  try {
    for (const file of instances) {
      interruption.signal.throwIfAborted();
      await work.deidentify(file, interruption.signal);
    }
  } finally {
    work.bar.clear();
  }
  work.summarize(skipped.length);
  return work.failures + failed.length > 0 ? ExitCode.Failed : ExitCode.Done;
}

async function makeDeidentifier(values: Values, { env }: Terminal, codecs: FrameCodecs): Promise<Deidentifier> {
  const { createDeidentifier } = await import("../../deidentify/deidentifier.ts");
  const { readKey } = await import("../../deidentify/key.ts");
  const { blankingBy } = await import("../../deidentify/blank_compressed.ts");
  const content = values.keyFile === undefined ? env(KEY_VARIABLE) : readKeyFile(values.keyFile);
  if (content === undefined) {
    throw new UsageError(`Cannot start without a key: expected --key-file, or ${KEY_VARIABLE} in the environment`);
  }
  try {
    return createDeidentifier({
      key: readKey(content),
      profile: values.profile ?? "basic",
      options: values.options.flatMap((names) => names.split(",")).filter((name) => name !== ""),
      pixels: values.pixels.map(parsePixelRule),
      blankEncapsulated: blankingBy(codecs),
    });
  } catch (error) {
    if (error instanceof RangeError || error instanceof SyntaxError) throw new UsageError(error.message);
    throw error;
  }
}

function readKeyFile(path: string): Uint8Array {
  try {
    return Deno.readFileSync(path);
  } catch (error) {
    if (systemCode(error as Error) === undefined) throw error;
    const { reason } = describeSystemError(error as Error);
    throw new UsageError(
      `Cannot read --key-file: found ${JSON.stringify(path)}, ${reason}, expected a file with the secret`,
    );
  }
}

/** Reads `US=ultrasound-regions`, `*=keep`, or `CT=0,0,512,20;0,500,100,12`. */
function parsePixelRule(text: string): PixelRule {
  const [, modality, what] = /^([A-Z\d]{1,16}|\*)=(.+)$/.exec(text) ?? [];
  if (modality === undefined || what === undefined) throw wrongRule(text);
  return { ...(modality === "*" ? {} : { when: { Modality: modality } }), treatment: parseTreatment(what, text) };
}

function parseTreatment(what: string, text: string): PixelTreatment {
  if (what === "keep" || what === "ultrasound-regions") return what;
  const blank = what.split(";").map((rectangle): Rectangle => {
    const sides = /^(\d{1,5}),(\d{1,5}),(\d{1,5}),(\d{1,5})$/.exec(rectangle)?.slice(1).map(Number);
    if (sides === undefined) throw wrongRule(text);
    const [x = 0, y = 0, width = 0, height = 0] = sides;
    return { x, y, width, height };
  });
  return { blank };
}

function wrongRule(text: string): UsageError {
  const expected = "MODALITY=keep, MODALITY=ultrasound-regions or MODALITY=x,y,width,height;…";
  return new UsageError(`Cannot understand --pixels: found ${JSON.stringify(text)}, expected ${expected}`);
}

/** The work on all instances of a call. */
class Work {
  readonly bar: ProgressBar;
  /** Instances that were held, or not written. */
  failures = 0;
  readonly #deidentifier: Deidentifier;
  readonly #values: Values;
  readonly #terminal: Terminal;
  readonly #total: { readonly items: number; readonly bytes: number };
  readonly #report = new Report();
  readonly #begun = performance.now();
  #done = 0;
  #read = 0;

  constructor(deidentifier: Deidentifier, values: Values, terminal: Terminal, instances: readonly InstanceFile[]) {
    this.#deidentifier = deidentifier;
    this.#values = values;
    this.#terminal = terminal;
    this.bar = new ProgressBar(terminal.err, "De-identifying");
    this.#total = {
      items: instances.length,
      bytes: instances.reduce((sum, { bytes, dataSetOffset }) => sum + bytes + dataSetOffset, 0),
    };
  }

  /** De-identifies one file. What goes wrong is told and counted; an interruption is thrown. */
  async deidentify({ path }: InstanceFile, signal: AbortSignal): Promise<void> {
    const { deidentifyInstance } = await import("../../deidentify/deidentifier.ts");
    const { dryRun, output, json } = this.#values;
    try {
      const source = openLentFile(path, (length) => this.#progress(length));
      const instance = await deidentifyInstance(source, this.#deidentifier);
      const { sopClassUid, sopInstanceUid, seriesInstanceUid, studyInstanceUid } = instance;
      const uids = [studyInstanceUid, seriesInstanceUid, sopInstanceUid];
      if (uids.some((uid) => !/^[\d.]{1,64}$/.test(uid))) throw new Error("Cannot name the file: a UID is missing");
      const target = `${output ?? "."}/${uids.join("/")}.dcm`;
      const read = async () => {
        signal.throwIfAborted();
        return await instance.read();
      };
      try {
        if (dryRun) { while (await read() !== undefined); }
        else await writeNewFile(target, { read }, () => {});
      } finally {
        await instance.cancel();
      }
      this.#done++;
      this.#report.addAll(instance.report);
      if (json) {
        this.#terminal.out.write(
          `${
            escapeJson({
              type: "instance",
              path,
              outcome: "de-identified",
              sopClassUid,
              sopInstanceUid,
              ...(dryRun ? {} : { output: target }),
            })
          }\n`,
        );
      }
    } catch (error) {
      signal.throwIfAborted();
      this.failures++;
      this.tell(path, "held", errorText(error));
    }
  }

  /** Says what became of a file that was not de-identified. */
  tell(path: string, outcome: "held" | "failed" | "skipped", reason: string): void {
    const { out, err } = this.#terminal;
    this.bar.clear();
    if (this.#values.json) out.write(`${escapeJson({ type: "instance", path, outcome, reason })}\n`);
    const style = outcome === "skipped" ? "yellow" : "red";
    const said = outcome === "failed" ? reason : `${outcome === "held" ? "Held" : "Skipped"}: ${reason}`;
    err.write(`${styled(err, style, "gantry:")} ${escapeText(`${path}: ${said}`)}\n`);
  }

  /** Prints what was done by attribute, and how it went. */
  summarize(skipped: number): void {
    const { out } = this.#terminal;
    const milliseconds = performance.now() - this.#begun;
    const { lines } = this.#report;
    if (this.#values.json) {
      const report = lines.map(({ attribute, treatment, count }) => ({ attribute, treatment, count }));
      const numbers = { deidentified: this.#done, held: this.failures, skipped, bytes: this.#read, milliseconds };
      out.write(`${escapeJson({ type: "summary", ...numbers, report })}\n`);
      return;
    }
    const width = Math.max(0, ...lines.map(({ attribute }) => attribute.length));
    for (const { attribute, treatment, count } of lines) {
      out.write(`${attribute.padEnd(width)}  ${treatment.padEnd(8)}  ${count}\n`);
    }
    const held = this.failures > 0 ? `, ${this.failures} held` : "";
    const would = this.#values.dryRun ? " would be" : "";
    out.write(
      `${count(this.#done, "instance")}${would} de-identified${held}; ${formatBytes(this.#read)} in ${
        formatDuration(milliseconds)
      }\n`,
    );
  }

  #progress(length: number): void {
    this.#read += length;
    this.bar.update({
      items: this.#done + this.failures,
      totalItems: this.#total.items,
      bytes: this.#read,
      totalBytes: this.#total.bytes,
    });
  }
}
