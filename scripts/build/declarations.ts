/**
 * Declarations of the npm package, by the TypeScript compiler.
 *
 * @module
 */

import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import ts from "typescript";

/** What to declare, and where. */
export interface DeclarationOptions {
  /** Folder of the project. */
  readonly root: string;
  /** Modules, as paths from there. */
  readonly entries: readonly string[];
  /** Folder to write to. */
  readonly out: string;
}

/**
 * Writes the declarations of modules and of all that these name. The types of packages are not looked up: every public type
 * is written out in the source, which `deno publish` holds.
 */
export function writeDeclarations({ root, entries, out }: DeclarationOptions): void {
  const declared = declare(entries.map((path) => join(root, path)));
  const pending = entries.map((path) => join(root, path));
  const seen = new Set(pending);
  for (const path of pending) {
    const text = declared.get(path);
    if (text === undefined) throw new Error(`Cannot declare ${path}: the compiler wrote nothing for it`);
    const target = join(out, declarationOf(path.slice(root.length)));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, withJsEndings(text));
    for (const [, specifier = ""] of text.matchAll(IMPORTED)) {
      const found = join(dirname(path), specifier);
      if (!seen.has(found)) pending.push(found);
      seen.add(found);
    }
  }
}

/** What a declaration imports of the package itself. */
const IMPORTED = /(?:from|import|import\() ?"(\.[^"]*)"/g;

/** Declarations of modules and what they import, by the path of the source. */
function declare(paths: readonly string[]): Map<string, string> {
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2024,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    ...{ strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true },
    ...{ declaration: true, emitDeclarationOnly: true, allowImportingTsExtensions: true, resolveJsonModule: true },
    types: [],
    lib: ["lib.esnext.d.ts", "lib.dom.d.ts", "lib.dom.iterable.d.ts", "lib.dom.asynciterable.d.ts"],
  };
  const program = ts.createProgram([...paths], options);
  const declared = new Map<string, string>();
  const { emitSkipped } = program.emit(undefined, (_path, text, _mark, _fail, sources) => {
    for (const { fileName } of sources ?? []) declared.set(fileName, text);
  });
  if (emitSkipped) throw new Error("Cannot declare the modules: the compiler wrote nothing");
  return declared;
}

function declarationOf(path: string): string {
  return path.replace(/\.ts$/, ".d.ts");
}

/** Relative specifiers end in what the package has. */
function withJsEndings(text: string): string {
  return text.replace(/((?:from|import\() ?"\.[^"]*)\.ts"/g, '$1.js"');
}
