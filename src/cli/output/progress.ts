/**
 * A progress bar for long work, on a terminal only.
 *
 * @module
 */

import { type Output, styled } from "./terminal.ts";
import { formatBytes, formatDuration } from "./units.ts";

/** How far the work has come. */
export interface Progress {
  readonly items: number;
  readonly totalItems: number;
  readonly bytes: number;
  /** 0 if unknown. */
  readonly totalBytes: number;
  /** Since the start, in milliseconds. */
  readonly elapsed: number;
}

/** Milliseconds between two drawings. */
const INTERVAL = 100;

/** A bar that redraws itself in place. */
export class ProgressBar {
  readonly #output: Output;
  readonly #label: string;
  readonly #now: () => number;
  readonly #start: number;
  #drawn = -Infinity;

  /** `now` is a clock in milliseconds. */
  constructor(output: Output, label: string, now: () => number = () => performance.now()) {
    this.#output = output;
    this.#label = label;
    this.#now = now;
    this.#start = now();
  }

  /** Draws, unless it has only just done so. */
  update(progress: Omit<Progress, "elapsed">): void {
    const now = this.#now();
    if (!this.#output.isTerminal || now - this.#drawn < INTERVAL) return;
    this.#drawn = now;
    const width = this.#output.columns() - 1;
    const line = renderProgress(this.#label, { ...progress, elapsed: now - this.#start }, width);
    this.#output.write(`\r${line.replace(/[\u2588\u258c]+/, (bar) => styled(this.#output, "green", bar))}\x1b[K`);
  }

  /** Takes the bar away, so that something else can be written. The next update draws it again. */
  clear(): void {
    if (this.#drawn > -Infinity) this.#output.write("\r\x1b[K");
    this.#drawn = -Infinity;
  }
}

const MAXIMUM_BAR = 30;
const MINIMUM_BAR = 8;

/** One line of at most `width` characters: what matters least is left out first. */
export function renderProgress(label: string, progress: Progress, width: number): string {
  const { items, totalItems, bytes, totalBytes, elapsed } = progress;
  const fraction = Math.min(1, totalBytes > 0 ? bytes / totalBytes : totalItems > 0 ? items / totalItems : 0);
  const rate = elapsed > 0 ? bytes / elapsed * 1000 : 0;
  const left = fraction > 0 && fraction < 1 ? formatDuration(elapsed / fraction - elapsed) : undefined;
  const parts = [
    `${String(Math.floor(fraction * 100)).padStart(3)}%`,
    `${items}/${totalItems}`,
    ...(left === undefined ? [] : [`${left} left`]),
    ...(bytes + totalBytes === 0 ? [] : [`${formatBytes(rate)}/s`]),
    ...(totalBytes > 0 ? [`${formatBytes(bytes)} of ${formatBytes(totalBytes)}`] : []),
  ];
  const head = label.length + 6 < width ? [label] : [];
  const room = () => width - [...head, ...parts].join("  ").length - 2;
  while (parts.length > 2 && room() < MINIMUM_BAR) parts.pop();
  while (parts.length > 1 && room() < -2) parts.pop();
  const bar = room() >= MINIMUM_BAR ? [renderBar(fraction, Math.min(room(), MAXIMUM_BAR))] : [];
  return [...head, ...bar, ...parts].join("  ").slice(0, Math.max(0, width));
}

function renderBar(fraction: number, width: number): string {
  const halves = Math.floor(fraction * width * 2);
  return ("█".repeat(halves >> 1) + (halves % 2 === 1 ? "▌" : "")).padEnd(width, "░");
}
