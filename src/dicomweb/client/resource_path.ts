/**
 * Paths of studies, series, instances.
 *
 * @module
 */

/** A study, series or instance. */
export interface ResourcePath {
  /** Study Instance UID. */
  readonly study?: string | undefined;
  /** Series Instance UID. */
  readonly series?: string | undefined;
  /** SOP Instance UID. */
  readonly instance?: string | undefined;
}

const UID = /^[0-9.]{1,64}$/;

/**
 * The path below the base URL: `/studies/1.2/series/1.2.3/instances/1.2.3.4`. With `any` the path is empty if no study is
 * named.
 *
 * @throws {TypeError} on an invalid UID, and on a level whose parent is missing
 */
export function resourcePath({ study, series, instance }: ResourcePath, without: "any" | "study"): string {
  const uids = [study, series, instance];
  for (const uid of uids) {
    if (uid !== undefined && !UID.test(uid)) {
      throw new TypeError("Cannot make a URL: found something else than a UID, expected digits and dots");
    }
  }
  if (study === undefined && without === "study") throw new TypeError("Cannot make a URL: expected a study");
  if ((series !== undefined && study === undefined) || (instance !== undefined && series === undefined)) {
    throw new TypeError("Cannot make a URL: expected the study of the series, and the series of the instance");
  }
  return ["studies", "series", "instances"].map((level, index) => {
    const uid = uids[index];
    return uid === undefined ? "" : `/${level}/${uid}`;
  }).join("");
}
