// deno-lint-ignore-file
import minimist from "minimist";
export function parseArgs(args: string[], o: any): any {
  return minimist(args, o);
}
