/**
 * Comma-separated values (RFC 4180).
 *
 * @module
 */

/** A value in quotation marks where it needs them. */
export function csvCell(text: string): string {
  return /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
