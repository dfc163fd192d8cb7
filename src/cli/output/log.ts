/**
 * Log lines, for people or for machines.
 *
 * @module
 */

import { escapeJson, escapeText } from "../../safe_text.ts";
import { type Output, styled } from "./terminal.ts";

/** How much it matters, from least to most. */
export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;

/** One of `LOG_LEVELS`. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Details of a log line; undefined ones are left out. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Where log lines go. */
export interface Log {
  /** Whether lines of this level are written at all; asked before costly ones are made. */
  isEnabled(level: LogLevel): boolean;
  /** `event` is a word for programs, `message` a sentence for people. */
  write(level: LogLevel, event: string, message: string, fields?: LogFields): void;
}

/** How log lines are to look. */
export interface LogOptions {
  readonly format: "text" | "json";
  /** The least that is written. */
  readonly level: LogLevel;
  readonly now?: () => Date;
}

/** A log that writes lines to `output`. Text from outside cannot break out of its line. */
export function createLog(output: Output, { format, level: least, now = () => new Date() }: LogOptions): Log {
  const render = format === "json" ? jsonLine : (...line: Line) => textLine(output, ...line);
  const isEnabled = (level: LogLevel) => LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(least);
  return {
    isEnabled,
    write(level, event, message, fields = {}) {
      if (isEnabled(level)) output.write(`${render(now(), level, event, message, fields)}\n`);
    },
  };
}

type Line = [time: Date, level: LogLevel, event: string, message: string, fields: LogFields];

function jsonLine(...[time, level, event, message, fields]: Line): string {
  return escapeJson({ time: time.toISOString(), level, event, message, ...fields });
}

const LEVEL_STYLES = { debug: "dim", info: "green", warn: "yellow", error: "red" } as const;

function textLine(output: Output, ...[time, level, , message, fields]: Line): string {
  const clock = styled(output, "dim", output.isTerminal ? time.toTimeString().slice(0, 8) : time.toISOString());
  const details = Object.entries(fields)
    .filter(([, value]) => value !== undefined && value !== "")
    .map(([name, value]) => styled(output, "dim", `${name}=${textValue(String(value))}`));
  return [clock, styled(output, LEVEL_STYLES[level], level.padEnd(5)), escapeText(message), ...details].join(" ");
}

function textValue(value: string): string {
  return /^[^\s"=]+$/.test(value) ? escapeText(value) : escapeJson(value);
}
