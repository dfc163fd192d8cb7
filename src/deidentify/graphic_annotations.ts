/**
 * Cleans graphic annotations of presentation states (PS3.15 E.3.3).
 *
 * @module
 */

import type { SequenceElement } from "../dicom/data_set/data_element.ts";
import type { DataSet } from "../dicom/data_set/data_set.ts";
import { itemsOf } from "../dicom/data_set/items.ts";
import type { AttributeWork } from "./attribute_work.ts";
import { DUMMY } from "./values.ts";

const TEXT_OBJECTS = 0x0070_0008;
const GRAPHIC_OBJECTS = 0x0070_0009;
const COMPOUND_GRAPHICS = 0x0070_0209;
const UNFORMATTED_TEXT = 0x0070_0006;
const GRAPHIC_TYPE = 0x0070_0023;

/** Shapes that can't form letters. */
const SHAPES: ReadonlySet<string> = new Set(["POINT", "CIRCLE", "ELLIPSE"]);

const DRAWN: ReadonlySet<number> = new Set([TEXT_OBJECTS, GRAPHIC_OBJECTS, COMPOUND_GRAPHICS]);

/**
 * Leaves of each annotation its layer and the images that it refers to. With the option clean-graphics its points, circles and
 * ellipses stay, and its texts with another text in them; else one text that says nothing stands for all of them.
 */
export function cleanGraphicAnnotations({ items }: SequenceElement<DataSet>, work: AttributeWork): void {
  const shapesStay = work.plan.options.has("clean-graphics");
  for (const item of items) {
    work.runExcept(item, DRAWN);
    item.delete(COMPOUND_GRAPHICS);
    const texts = shapesStay ? itemsOf<DataSet>(item, TEXT_OBJECTS) : [];
    const shapes = itemsOf<DataSet>(item, GRAPHIC_OBJECTS).filter((shape) => shapesStay && isShape(shape));
    for (const text of texts) {
      work.runExcept(text, new Set([UNFORMATTED_TEXT]));
      text.set("UnformattedTextValue", DUMMY);
    }
    for (const shape of shapes) work.run(shape);
    if (shapes.length > 0) item.set("GraphicObjectSequence", shapes);
    else item.delete(GRAPHIC_OBJECTS);
    if (texts.length > 0) item.set("TextObjectSequence", [...texts]);
    else if (shapes.length > 0) item.delete(TEXT_OBJECTS);
    else item.set("TextObjectSequence", [standIn()]);
  }
}

function isShape(shape: DataSet): boolean {
  const element = shape.element(GRAPHIC_TYPE);
  return element?.vr === "CS" && SHAPES.has(shape.getText(GRAPHIC_TYPE) ?? "");
}

function standIn() {
  return {
    AnchorPointAnnotationUnits: "DISPLAY",
    UnformattedTextValue: DUMMY,
    AnchorPoint: [0, 0],
    AnchorPointVisibility: "N",
  };
}
