/**
 * Configurations as `gantry init` writes them.
 *
 * @module
 */

/** Text of a configuration with its examples in force: those are comments that hold a key. */
export function withExamples(template: string): string {
  return template.replace(/^( *)# (?=(?: {2})*(?:- )?\w+:(?: |$))/gm, "$1");
}

/** Variables that the examples refer to. */
export const EXAMPLE_VARIABLES: Readonly<Record<string, string>> = {
  RESEARCH_KEY: "a key of sixteen bytes or more",
  GANTRY_TOKEN: "0123456789abcdef",
  VIEWER_TOKEN: "viewer-0123456789",
  PROMETHEUS_TOKEN: "prometheus-0123456789",
  PACS_PASSCODE: "secret",
  CLOUD_TOKEN: "token",
  LAKE_SECRET: "secret",
  HOOK_SECRET: "0123456789abcdef",
  ALERTS_SECRET: "fedcba9876543210",
};
