import assert from "node:assert/strict";
import fc from "fast-check";
import { type CommandSet, decodeCommandSet, encodeCommandSet } from "../../src/dimse/command_set.ts";
import { CommandSetError } from "../../src/dimse/command_set_error.ts";
import { contentSize, leaf, parseElements, serialize, type Sized } from "../support/field_tree.ts";
import { COMMAND_SET_VECTORS } from "../vectors/command_sets.ts";
import { COMMAND_TYPES, fullCommand } from "./command_arbitraries.ts";

/** Any other error than CommandSetError fails the test. */
function decodeHostile(bytes: Uint8Array): CommandSet | CommandSetError {
  try {
    return decodeCommandSet(bytes);
  } catch (error) {
    if (error instanceof CommandSetError) return error;
    throw error;
  }
}

/** A command set of each type, with every element that it may have. */
const EVERY_COMMAND = COMMAND_TYPES.map((type) => {
  const command = fc.sample(fullCommand(type), { seed: 42, numRuns: 1 })[0]!;
  return { name: `${type} with every element`, command, bytes: encodeCommandSet(command) };
});

const COMMANDS = [...COMMAND_SET_VECTORS.map((vector) => ({ name: vector.command.type, ...vector })), ...EVERY_COMMAND];

for (const { name, command, bytes } of COMMANDS) {
  const elements = parseElements(bytes).filter((field): field is Sized => field.kind === "sized");

  Deno.test(`decodeCommandSet() refuses a ${name} with a wrong length of an element`, () => {
    assert.equal(elements.reduce((sum, element) => sum + 8 + contentSize(element), 0), bytes.length);
    elements.forEach((element, index) => {
      const right = contentSize(element);
      assert.ok(right > 0);
      for (const claims of [right - 1, right + 1, 0, 0xffff_ffff]) {
        const changed = elements.map((other, at) => at === index ? { ...other, claims } : other);
        const outcome = decodeHostile(serialize(changed));
        assert.ok(outcome instanceof CommandSetError, `length ${claims} of element ${index}`);
      }
    });
  });

  Deno.test(`decodeCommandSet() takes each element of a ${name} for no more than it is when it is cut short`, () => {
    elements.forEach((element, index) => {
      const value = serialize(element.children);
      for (let end = 0; end < value.length; end++) {
        const cut = { ...element, children: [leaf(value.subarray(0, end))] };
        const outcome = decodeHostile(serialize(elements.map((other, at) => at === index ? cut : other)));
        if (outcome instanceof CommandSetError) continue;
        const differing = Object.entries({ ...command, ...outcome }).filter(([field, is]) =>
          JSON.stringify(is) !== JSON.stringify(Object.entries(command).find(([name]) => name === field)?.[1])
        );
        assert.ok(differing.length <= 1, Deno.inspect(differing));
      }
    });
  });
}
