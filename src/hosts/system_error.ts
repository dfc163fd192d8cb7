/**
 * Errors of the operating system, in words that tell an operator what to do.
 *
 * @module
 */

import { errorText } from "../safe_text.ts";

/** The code of a system's error, such as `EACCES`; undefined for any other error. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = (error as Error & { readonly code?: unknown }).code;
  if (typeof code === "string" && /^E[A-Z0-9]+$/.test(code)) return code;
  return / \(os error \d+\)/.test(error.message) ? error.name : undefined;
}

/** What an error of the system says, without code and call, and the file if the error names one. */
export function describeSystemError(error: Error): { readonly reason: string; readonly path?: string } {
  const { path = /'([^']*)'$/.exec(error.message)?.[1] } = error as Error & { readonly path?: unknown };
  // Deno: `Permission denied (os error 13): open 'data'`; Node: `EACCES: permission denied, mkdir 'data'`.
  const reason = errorText(error).replace(/^E[A-Z0-9]+: /, "").replace(/[,:] \w+( '.*)?$/s, "").toLowerCase();
  return { reason, ...(typeof path === "string" && { path }) };
}
