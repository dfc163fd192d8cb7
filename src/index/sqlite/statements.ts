/**
 * Statements of the index, each prepared once.
 *
 * @module
 */

export { type Parameter, Statements } from "../../sqlite/statements.ts";
