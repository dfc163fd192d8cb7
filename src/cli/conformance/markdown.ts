/**
 * Pieces of Markdown.
 *
 * @module
 */

import { findUid } from "../../dicom/uid_registry.ts";
import { uidName } from "../../dicom/uid_registry.ts";

/** A table. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => "---"), ...rows].map((row) => `| ${row.map(cell).join(" | ")} |`).join("\n");
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("<", "&lt;");
}

/** A section: its heading and paragraphs, parted by empty lines. */
export function section(heading: string, ...paragraphs: readonly string[]): string {
  return [heading, ...paragraphs.filter((paragraph) => paragraph !== "")].join("\n\n");
}

/** A UID with its name, without what every SOP class is called. */
export function named(uid: string): string {
  const name = uidName(uid);
  return name === uid ? `\`${uid}\`` : name.replace(/ SOP Class$/, "");
}

/** A row of a table of transfer syntaxes. */
export function transferSyntaxRow(uid: string): string[] {
  const { retired = false } = findUid(uid) ?? {};
  return [named(uid), `\`${uid}\``, retired ? "yes" : ""];
}
