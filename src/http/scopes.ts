/**
 * The scope that a token needs, by path and method.
 *
 * @module
 */

import type { Scope } from "../access/web/asker.ts";
import { isBelow } from "./paths.ts";

/** The scopes of this path and all below it. */
export interface ScopeRule {
  /** Such as `/worklist`. */
  readonly path: string;
  /** By method; `GET` is for `HEAD` and `OPTIONS`, too. `any` means any token. Default: `admin`. */
  readonly scopes: { readonly [method in "GET" | "POST" | "PUT" | "DELETE"]?: Scope | "any" };
}

/** The scopes of data: `read` to get it, `write` to add and replace it, `delete` to delete it. */
export function dataScopes(path: string): ScopeRule {
  return { path, scopes: { GET: "read", POST: "write", PUT: "write", DELETE: "delete" } };
}

/** Finds the scope that a request needs: the rule with the longest path decides, and without a rule it is `admin`. */
export function scopeFinder(rules: readonly ScopeRule[]): (method: string, path: string) => Scope | "any" {
  const longestFirst = rules.toSorted((a, b) => b.path.length - a.path.length);
  return (method, path) => {
    const rule = longestFirst.find((rule) => isBelow(path, rule.path));
    const kind = method === "HEAD" || method === "OPTIONS" ? "GET" : method;
    return rule !== undefined && Object.hasOwn(rule.scopes, kind)
      ? rule.scopes[kind as keyof ScopeRule["scopes"]]!
      : "admin";
  };
}
