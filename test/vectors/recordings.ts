/**
 * Recorded conversations of real peers, as text: `>` what the requestor said, `<` what the acceptor said, in hexadecimal
 * digits and in turns.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { hex } from "../dicom/encoding/elements.ts";
import { concat } from "../support/scripted_peer.ts";

const FOLDER = fileURLToPath(new URL("./recordings/", import.meta.url));

/** Who speaks. */
export type Speaker = "requestor" | "acceptor";

/** A conversation over one connection. */
export interface Recording {
  readonly name: string;
  /** Who spoke, and of what. */
  readonly about: string;
  /** What was said, in order; one after the other may be by the same. */
  readonly turns: readonly { readonly by: Speaker; readonly bytes: Uint8Array }[];
}

/** Every recording that is kept. */
export function readRecordings(): Recording[] {
  return [...Deno.readDirSync(FOLDER)].map(({ name }) => name).sort().map((file) => {
    const [about = "", ...lines] = Deno.readTextFileSync(FOLDER + file).trimEnd().split("\n");
    const turns: { by: Speaker; bytes: Uint8Array }[] = [];
    for (const line of lines) {
      const by = line.startsWith(">") ? "requestor" : line.startsWith("<") ? "acceptor" : turns.at(-1)!.by;
      const bytes = hex(line.slice(1));
      if (line.startsWith(" ")) turns.push({ by, bytes: concat([turns.pop()!.bytes, bytes]) });
      else turns.push({ by, bytes });
    }
    return { name: file.replace(/\.txt$/, ""), about: about.slice(2), turns };
  });
}

/** Keeps a recording; what one side said without a break is one turn. */
export function writeRecording({ name, about, turns }: Recording): void {
  let text = `# ${about}\n`;
  let before: Speaker | undefined;
  for (const { by, bytes } of turns) {
    const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    const start = by === before ? " " : by === "requestor" ? ">" : "<";
    text += `${start}${digits.match(/.{1,118}/g)?.join("\n ") ?? ""}\n`;
    before = by;
  }
  Deno.writeTextFileSync(`${FOLDER}${name}.txt`, text);
}

/** What one side said, by the turn. */
export function saidBy(speaker: Speaker, { turns }: Recording): Uint8Array[] {
  return turns.filter(({ by }) => by === speaker).map(({ bytes }) => bytes);
}
