// Copy and paste, also from one draft into another: what is copied is kept for the other pages of this browser.
const KEPT = "phoihop.so-do.da-chep";
/** Pixels by which a copy stands beside what was copied, and from the border of its frame. */
const [BESIDE, BORDER] = [40, 20];

export class Copies {
  constructor(modeler) {
    this.modeler = modeler;
    modeler.get("eventBus").on("copyPaste.elementsCopied", ({ tree }) => this.#keep(tree));
    const actions = modeler.get("editorActions");
    actions.unregister("paste");
    actions.register("paste", () => this.paste());
  }

  /** Copies what is chosen; how many elements that were. */
  copy() {
    const tree = this.modeler.get("editorActions").trigger("copy");
    return Object.values(tree ?? {}).flat().filter((one) => !one.labelTarget).length;
  }

  /** Puts the copy into the diagram and chooses it: without a mouse, which bpmn-js would wait for. */
  paste() {
    const tree = this.#kept();
    if (!tree?.[0]?.length) return [];
    const target = this.#target();
    const made = this.modeler.get("copyPaste").paste({ tree, element: target, point: this.#point(tree[0], target) });
    const chosen = made.filter((one) => !one.labelTarget && !one.waypoints && one.parent === target);
    this.modeler.get("selection").select(chosen);
    if (chosen.length) this.modeler.get("canvas").scrollToElement(chosen[0], 80);
    return chosen;
  }

  #keep(tree) {
    this.tree = tree;
    try {
      localStorage.setItem(KEPT, JSON.stringify(tree));
    } catch {
      // The browser keeps nothing: copies stay in this page.
    }
  }

  #kept() {
    let written = null;
    try {
      written = localStorage.getItem(KEPT);
    } catch {
      // As above.
    }
    const tree = written ? JSON.parse(written, reviver(this.modeler.get("moddle"))) : this.tree;
    for (const one of Object.values(tree ?? {}).flat()) this.#refer(one);
    return tree;
  }

  /** Messages, signals, errors are the same where they are called the same: the other file may use its id for another one. */
  #refer(descriptor) {
    const wanted = descriptor.referencedRootElement;
    if (!wanted) return;
    const roots = this.modeler.getDefinitions().get("rootElements");
    const name = (one) => one.errorCode ?? one.escalationCode ?? one.name;
    const found = roots.find((one) => one.$type === wanted.$type && name(one) === name(wanted));
    if (found) descriptor.referencedRootElement = found;
    else wanted.id = undefined;
  }

  /** Where the chosen element lies, else the frame of the procedure. */
  #target() {
    const [chosen] = this.modeler.get("selection").get();
    const holds = (one) => one && ["bpmn:Participant", "bpmn:SubProcess", "bpmn:Process"].includes(one.type);
    const root = this.modeler.get("canvas").getRootElement();
    let target = chosen?.parent ?? this.modeler.get("elementRegistry").find((one) => one.type === "bpmn:Participant" && one.businessObject.processRef);
    while (target && !holds(target)) target = target.parent;
    return target ?? root;
  }

  #point(copied, target) {
    const shapes = copied.filter((one) => one.width !== undefined && !one.labelTarget);
    const [left, top] = ["x", "y"].map((side) => Math.min(...shapes.map((one) => one[side])));
    const [right, bottom] = [["x", "width"], ["y", "height"]].map(([side, span]) => Math.max(...shapes.map((one) => one[side] + one[span])));
    const within = (at, half, from, span) => (span === undefined ? at : Math.max(from + half + BORDER, Math.min(at, from + span - half - BORDER)));
    const [width, height] = [(right - left) / 2, (bottom - top) / 2];
    return { x: within(left + width + BESIDE, width, target.x, target.width), y: within(top + height + BESIDE, height, target.y, target.height) };
  }
}

/** Reads elements of BPMN back from JSON; what other tools added and nobody here knows is left out. */
function reviver(moddle) {
  const known = new Map();
  return (_key, value) => {
    if (Array.isArray(value)) return value.filter((one) => one !== undefined);
    if (typeof value?.$type !== "string") return value;
    if (value.id && known.has(value.id)) return known.get(value.id);
    const { $type, ...attributes } = value;
    try {
      const made = moddle.create($type, attributes);
      if (value.id) known.set(value.id, made);
      return made;
    } catch {
      return undefined;
    }
  };
}
