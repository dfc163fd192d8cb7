/**
 * Person names (VR PN): three component groups of five components each (PS3.5 6.2.1).
 *
 * @module
 */

import { DataSetError } from "../../errors.ts";

/** The five components of a group; those that are absent are empty. Animals have the responsible party's family name. */
export interface PersonNameComponents {
  /** Family name complex, such as `Adams`. */
  readonly familyName: string;
  /** Given name complex, such as `John Robert Quincy`. */
  readonly givenName: string;
  /** Middle name. */
  readonly middleName: string;
  /** Name prefix, such as `Rev.`. */
  readonly namePrefix: string;
  /** Name suffix, such as `B.A. M.Div.`. */
  readonly nameSuffix: string;
}

/** One value of VR PN. A group is absent when it is empty. */
export interface PersonName {
  /** In single-byte characters, as far as that is possible. */
  readonly alphabetic?: PersonNameComponents;
  /** In ideographs, such as kanji, hanja or hanzi. */
  readonly ideographic?: PersonNameComponents;
  /** As it sounds, such as in hiragana or hangul. */
  readonly phonetic?: PersonNameComponents;
}

/** The parts of a name as they may be given: any may be left out. */
export interface PersonNameParts {
  /** The first group. */
  readonly alphabetic?: Partial<PersonNameComponents> | undefined;
  /** The second group. */
  readonly ideographic?: Partial<PersonNameComponents> | undefined;
  /** The third group. */
  readonly phonetic?: Partial<PersonNameComponents> | undefined;
}

const GROUPS = ["alphabetic", "ideographic", "phonetic"] as const;
const COMPONENTS = ["familyName", "givenName", "middleName", "namePrefix", "nameSuffix"] as const;

const GROUP_DELIMITER = "=";
const COMPONENT_DELIMITER = "^";

/** Characters, not bytes, of a component group with its delimiters. */
const MAX_GROUP_LENGTH = 64;

/**
 * Reads one value of VR PN. Spaces around components mean nothing and are left out. Any text is a name: what is too
 * long or too many is kept in the last component, or the last group, with a warning.
 */
export function parsePersonName(
  text: string,
  options: { readonly warn?: ((message: string) => void) | undefined } = {},
): PersonName {
  const groups: { -readonly [Group in keyof PersonName]: PersonName[Group] } = {};
  const parts = splitInto(trimDelimiters(text, GROUP_DELIMITER), GROUP_DELIMITER, GROUPS.length);
  for (const [index, name] of GROUPS.entries()) {
    const group = trimDelimiters(parts[index] ?? "", COMPONENT_DELIMITER);
    if (group === "") continue;
    groups[name] = parseGroup(group);
    const problem = options.warn && groupProblem(group);
    if (problem) options.warn?.(`the ${name} group of a person name has ${problem}`);
  }
  return groups;
}

function parseGroup(group: string): PersonNameComponents {
  const components = splitInto(group, COMPONENT_DELIMITER, COMPONENTS.length);
  const [familyName = "", givenName = "", middleName = "", namePrefix = "", nameSuffix = ""] = components;
  return { familyName, givenName, middleName, namePrefix, nameSuffix };
}

/** At most `count` parts without the spaces around them; the last has all the rest. */
function splitInto(text: string, delimiter: string, count: number): string[] {
  const parts = text.split(delimiter);
  const rest = parts.splice(count - 1).join(delimiter);
  return [...parts, rest].map(trimSpaces);
}

function groupProblem(group: string): string | undefined {
  const length = [...group].length;
  if (length > MAX_GROUP_LENGTH) return `${length} characters, more than ${MAX_GROUP_LENGTH}`;
  if (group.includes(GROUP_DELIMITER)) return `a "=" too many`;
  const components = group.split(COMPONENT_DELIMITER).length;
  return components > COMPONENTS.length ? `${components} components, more than ${COMPONENTS.length}` : undefined;
}

/**
 * Writes one value of VR PN, without trailing delimiters.
 *
 * @throws {DataSetError} on a component with a delimiter or control character, and on a group of more than 64 characters
 */
export function formatPersonName(name: PersonNameParts): string {
  const groups = GROUPS.map((group) => {
    const components = name[group] ?? {};
    return formatGroup(COMPONENTS.map((component) => components[component] ?? ""), group);
  });
  return trimDelimiters(groups.join(GROUP_DELIMITER), GROUP_DELIMITER);
}

function formatGroup(components: readonly string[], group: string): string {
  for (const component of components) {
    const wrong = [...component].find((character) => "\\^=".includes(character) || character < " ");
    if (wrong !== undefined) {
      throw new DataSetError(
        `Cannot format a person name: a component of the ${group} group has ${JSON.stringify(wrong)}`,
        {
          expected: "no \\, ^, = or control character",
        },
      );
    }
  }
  const text = trimDelimiters(components.map(trimSpaces).join(COMPONENT_DELIMITER), COMPONENT_DELIMITER);
  const length = [...text].length;
  if (length > MAX_GROUP_LENGTH) {
    throw new DataSetError(`Cannot format a person name: the ${group} group has ${length} characters`, {
      expected: `at most ${MAX_GROUP_LENGTH} characters`,
    });
  }
  return text;
}

function trimDelimiters(text: string, delimiter: string): string {
  let end = text.length;
  while (end > 0 && (text[end - 1] === delimiter || text[end - 1] === " ")) end--;
  return text.slice(0, end);
}

function trimSpaces(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && text[start] === " ") start++;
  while (end > start && text[end - 1] === " ") end--;
  return text.slice(start, end);
}
