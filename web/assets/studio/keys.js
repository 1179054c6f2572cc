// Keys that work on the whole page: the drawing has its own while it has the focus, text boxes keep theirs while one types.
import { isBeingTyped } from "./controls.js";

export function bindKeys(editor) {
  const stack = editor.modeler.get("commandStack");
  const acts = {
    s: () => {
      editor.panel.commit();
      editor.saving.now();
    },
    z: ({ shiftKey }) => (shiftKey ? stack.redo() : stack.undo()),
    y: () => stack.redo(),
  };
  document.addEventListener("keydown", (event) => {
    const act = (event.ctrlKey || event.metaKey) && !event.altKey && acts[event.key.toLowerCase()];
    if (!act || event.defaultPrevented) return;
    if (act !== acts.s && (event.target.isContentEditable || isBeingTyped(event.target))) return;
    event.preventDefault();
    act(event);
  });
}
