/**
 * What is sent or kept, as `gantry send` shows it: what goes wrong as it happens, and a summary.
 *
 * @module
 */

import { describeStatus, statusCode } from "../../dimse/statuses.ts";
import { escapeJson, escapeText } from "../../safe_text.ts";
import type { UnsentFile } from "../files/instance_files.ts";
import type { SendEvent } from "../peers/send_instances.ts";
import type { SentInstance } from "../peers/store_file.ts";
import { ProgressBar } from "./progress.ts";
import { styled, type Terminal } from "./terminal.ts";
import { count, formatBytes, formatDuration } from "./units.ts";

/** How sending is shown. */
export interface SendOutputOptions {
  /** What the progress bar says: `Sending`. */
  readonly activity: string;
  /** The peer as it was typed. */
  readonly peer: string;
  readonly json: boolean;
}

/** How it went in all. */
interface Summary {
  stored: number;
  warnings: number;
  converted: number;
  failed: number;
  skipped: number;
  bytes: number;
  associations: number;
  milliseconds: number;
}

/** Shows how it goes, and counts. Dispose of it when sending has ended: the progress bar goes away. */
export class SendOutput implements Disposable {
  /** What the peer has stored, by SOP Instance UID. */
  readonly stored = new Map<string, SentInstance>();
  readonly #terminal: Terminal;
  readonly #peer: string;
  readonly #json: boolean;
  readonly #bar: ProgressBar;
  readonly #total = { totalItems: 0, totalBytes: 0 };
  readonly #summary: Summary = {
    ...{ stored: 0, warnings: 0, converted: 0, failed: 0, skipped: 0 },
    ...{ bytes: 0, associations: 0, milliseconds: 0 },
  };
  readonly #start = performance.now();

  constructor(terminal: Terminal, { activity, peer, json }: SendOutputOptions) {
    this.#terminal = terminal;
    this.#peer = peer;
    this.#json = json;
    this.#bar = new ProgressBar(terminal.err, activity);
  }

  /** Whether something was stored, and nothing failed. */
  get succeeded(): boolean {
    return this.#summary.failed === 0 && this.#summary.stored > 0;
  }

  /** Shows what has happened. */
  tell(event: SendEvent): void {
    const summary = this.#summary;
    switch (event.type) {
      case "found":
        this.#total.totalItems = event.instances;
        this.#total.totalBytes = event.bytes;
        summary.skipped = event.skipped.length;
        summary.failed = event.failed.length;
        for (const file of event.skipped) this.#tellUnsent("skipped", file);
        for (const file of event.failed) this.#tellUnsent("failed", file);
        break;
      case "association-established":
        summary.associations++;
        break;
      case "progress":
        this.#bar.update({ ...this.#total, items: summary.stored + summary.failed, bytes: event.bytes });
        break;
      case "pause":
        this.#bar.clear();
        this.#note(`${event.problem}; next try in ${formatDuration(event.milliseconds)}`, "yellow");
        break;
      case "instance":
        this.#tellInstance(event.instance);
    }
  }

  /** Ends the time that sending has taken. */
  [Symbol.dispose](): void {
    this.#bar.clear();
    this.#summary.milliseconds = Math.round(performance.now() - this.#start);
  }

  /** Shows how it went in all; `notCommitted` instances of those stored are not committed, if commitment was asked for. */
  summarize(asksCommitment: boolean, notCommitted: number | undefined): void {
    const commitment = asksCommitment && { notCommitted: notCommitted ?? 0 };
    const text = this.#json
      ? escapeJson({ type: "summary", peer: this.#peer, ...this.#summary, ...commitment })
      : describeSummary(this.#summary) + describeCommitment(this.stored.size, notCommitted);
    this.#terminal.out.write(`${text}\n`);
  }

  /** Says why a file isn't sent: skipped ones are none of what was meant, failed ones should have been sent. */
  #tellUnsent(outcome: "skipped" | "failed", { path, reason }: UnsentFile): void {
    if (this.#json) this.#terminal.out.write(`${escapeJson({ type: "file", path, outcome, reason })}\n`);
    else if (outcome === "skipped") this.#note(`Skipped ${path}: ${reason}`, "yellow");
    else this.#note(`${path}: Not sent: ${reason}`, "red");
  }

  #tellInstance(instance: SentInstance): void {
    const { path, status, problem } = instance;
    const { category, meaning } = status === undefined
      ? { category: "failure", meaning: "Not stored" }
      : describeStatus(status, "C-STORE");
    this.#count(instance, category);
    if (this.#json || category !== "success") this.#bar.clear();
    if (this.#json) {
      const described = { type: "instance", ...instance, status: status ?? null, category, meaning };
      this.#terminal.out.write(`${escapeJson(described)}\n`);
    } else if (category !== "success") {
      const code = status === undefined ? "" : `${statusCode(status)} `;
      const text = `${path}: ${code}${meaning}${problem ? `: ${problem}` : ""}`;
      this.#note(text, category === "warning" ? "yellow" : "red");
    }
  }

  #count(instance: SentInstance, category: string): void {
    const summary = this.#summary;
    if (category !== "success" && category !== "warning") {
      summary.failed++;
      return;
    }
    this.stored.set(instance.sopInstanceUid, instance);
    summary.stored++;
    summary.bytes += instance.bytes;
    if (category === "warning") summary.warnings++;
    if (instance.convertedTo !== undefined) summary.converted++;
  }

  #note(text: string, style: "yellow" | "red"): void {
    const { err } = this.#terminal;
    err.write(`${styled(err, style, "gantry:")} ${escapeText(text)}\n`);
  }
}

function describeCommitment(stored: number, notCommitted: number | undefined): string {
  if (notCommitted === undefined) return "";
  const failed = notCommitted > 0 ? `, ${notCommitted} not committed` : "";
  return `; ${stored - notCommitted} committed${failed}`;
}

function describeSummary(summary: Summary): string {
  const { stored, warnings, converted, failed, skipped, bytes, associations, milliseconds } = summary;
  const details = [
    ...(converted > 0 ? [`${converted} converted`] : []),
    ...(warnings > 0 ? [count(warnings, "warning")] : []),
  ];
  const counts = [
    `${count(stored, "instance")} stored${details.length > 0 ? ` (${details.join(", ")})` : ""}`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(skipped > 0 ? [`${count(skipped, "file")} skipped`] : []),
  ];
  const rate = milliseconds > 0 ? ` (${formatBytes(bytes / milliseconds * 1000)}/s)` : "";
  const amount = `${formatBytes(bytes)} in ${formatDuration(milliseconds)}${rate}`;
  const over = associations > 0 || stored === 0 ? `, ${count(associations, "association")}` : "";
  return `${counts.join(", ")}; ${amount}${over}`;
}
