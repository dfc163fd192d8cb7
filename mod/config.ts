/**
 * The configuration of a gateway: YAML text to a checked, frozen `Config`, its defaults, template and JSON Schema.
 *
 * @example
 * ```ts
 * import { parseConfig } from "@gantry/dicom/config";
 *
 * const config = await parseConfig("aeTitle: ARCHIVE");
 * console.log(config.dicom.port); // 11112
 * ```
 *
 * @module
 */

export * from "../src/config.ts";
export { ConfigError, type ConfigProblem } from "../src/config/config_error.ts";
