/**
 * The rules of a configuration, to be asked about instances in files.
 *
 * @module
 */

import type { RoutedInstance } from "../../archive/routing.ts";
import type { ExplainedDecision, RoutingDecision } from "../../routing/rules/compiled_rules.ts";
import type { Fact } from "../../routing/rules/rule.ts";
import { loadConfig } from "../command_line/config_file.ts";
import type { Terminal } from "../output/terminal.ts";

/** Rules that can be asked. */
export interface AskedRules {
  /** The gateway's own AE title. */
  readonly aeTitle: string;
  /** Where its archive is. */
  readonly archive: string;
  /** What has to be read of an instance. */
  readonly attributes: ReadonlySet<number>;
  /** What else they look at. */
  readonly facts: ReadonlySet<Fact>;
  decide(instance: RoutedInstance): RoutingDecision;
  explain(instance: RoutedInstance): ExplainedDecision;
}

/** Loads the rules of a configuration. Throws what is wrong with it. */
export async function loadRules(file: string | undefined, terminal: Terminal): Promise<AskedRules> {
  const { config } = await loadConfig(file, terminal);
  const { rulesOf } = await import("../../gateway/live_routes.ts");
  const { compileRules } = await import("../../routing/rules/compiled_rules.ts");
  const { subjectOf } = await import("../../routing/routes.ts");
  const rules = compileRules(rulesOf(config));
  const { attributes, facts } = rules;
  return {
    ...{ aeTitle: config.aeTitle, archive: config.archive.path, attributes, facts },
    decide: (instance) => rules.decide(subjectOf(instance, attributes)),
    explain: (instance) => rules.explain(subjectOf(instance, attributes)),
  };
}
