/** Does one thing with a large file, and prints how many bytes of memory the process took for it at most. Linux alone. */

import { readFile, readFileFrom } from "../../../src/dicom/data_set/reading/read_file.ts";
import { writeFile } from "../../../src/dicom/data_set/writing/write_file.ts";
import { fileSource } from "../../support/file_source.ts";

const [what = "", path = ""] = Deno.args;

/** A line of `/proc/self/status`, in bytes. */
function status(name: string): number {
  const line = Deno.readTextFileSync("/proc/self/status").split("\n").find((line) => line.startsWith(name));
  return 1024 * Number(/\d+/.exec(line ?? "")![0]);
}

/** The file in just as many bytes; `Deno.readFileSync` takes twice as many for a while. */
function load(): Uint8Array {
  using file = Deno.openSync(path);
  const bytes = new Uint8Array(file.statSync().size);
  for (let at = 0; at < bytes.length;) at += file.readSync(bytes.subarray(at, at + 0x4_0000)) ?? Infinity;
  return bytes;
}

const before = status("VmRSS");
switch (what) {
  case "readFile":
    readFile(load());
    break;
  case "writeFile":
    writeFile(readFile(load()));
    break;
  case "readFileFrom a source":
    await readFileFrom(fileSource(path));
    break;
  case "readFileFrom a stream":
    await readFileFrom((await Deno.open(path)).readable);
    break;
  default:
    throw new Error(`Cannot measure ${what}`);
}
console.log(status("VmHWM") - before);
