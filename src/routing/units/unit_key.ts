/**
 * Keys that tell units apart: the route, and the series or study.
 *
 * @module
 */

/** The level of a unit. */
export type UnitLevel = "series" | "study";

/** A unit of a route. */
export interface UnitName {
  /** Name of the route. */
  readonly route: string;
  /** What it is. */
  readonly level: UnitLevel;
  /** Series or Study Instance UID. */
  readonly uid: string;
}

/** Names of routes have no slash, whatever UIDs may have. */
const KEY = /^([^/]*)\/(series|study)\/(.*)$/s;

/** The key of a unit, which its jobs await. */
export function unitKey({ route, level, uid }: UnitName): string {
  return `${route}/${level}/${uid}`;
}

/** The unit of a key; undefined for a text that is no key. */
export function readUnitKey(key: string): UnitName | undefined {
  const [, route, level, uid] = KEY.exec(key) ?? [];
  return route === undefined || uid === undefined ? undefined : { route, level: level as UnitLevel, uid };
}
