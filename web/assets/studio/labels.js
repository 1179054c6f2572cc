// Names of steps beside their icons and markers, not over them: bpmn-js sets them into the middle of the whole box.
import BaseRenderer from "diagram-js/lib/draw/BaseRenderer";
import { is } from "./model.js";

const BEFORE_BPMN_JS = 1500;
/** Pixels that the icon of a kind takes at the top, the marker of a call at the bottom, and the border all around. */
const [ICON, MARKER, BORDER] = [24, 22, 2];

class Labels extends BaseRenderer {
  constructor(eventBus, bpmnRenderer) {
    super(eventBus, BEFORE_BPMN_JS);
    this.bpmnRenderer = bpmnRenderer;
  }

  canRender(element) {
    return !element.labelTarget && is(element, "Task", "CallActivity");
  }

  drawShape(parent, element, attributes) {
    const drawn = this.bpmnRenderer.drawShape(parent, element, attributes);
    const label = parent.querySelector("text.djs-label");
    if (label?.textContent) label.setAttribute("transform", `translate(0 ${shift(element, linesOf(label))})`);
    return drawn;
  }

  getShapePath(element) {
    return this.bpmnRenderer.getShapePath(element);
  }
}
Labels.$inject = ["eventBus", "bpmnRenderer"];

/** Where the lines of a name begin and end. Read from their base lines: while a diagram is opened nothing is drawn that
 * could be measured. */
function linesOf(label) {
  const lines = [...label.querySelectorAll("tspan")].map((one) => Number(one.getAttribute("y")));
  const size = parseFloat(label.style.fontSize) || 11;
  return { top: Math.min(...lines) - size, bottom: Math.max(...lines) + size / 4 };
}

/** How far down the name goes, within the box in any case. */
function shift(element, { top, bottom }) {
  const lowest = element.height - BORDER - bottom;
  const highest = BORDER - top;
  const wanted = is(element, "CallActivity") ? Math.min(0, lowest + BORDER - MARKER) : Math.max(0, ICON - top);
  return Math.max(highest, Math.min(wanted, Math.max(lowest, highest)));
}

export const labels = { __init__: ["stepLabels"], stepLabels: ["type", Labels] };
