// bpmn-js, put together for our profile: our extensions, our palette, Vietnamese, the page's font, a small map.
import Modeler from "bpmn-js/lib/Modeler";
import minimap from "diagram-js-minimap";
import { labels } from "./labels.js";
import { bpmnWithTexts, phoihop } from "./moddle.js";
import { profile } from "./profile.js";
import { vietnamese } from "./vietnamese.js";

const FONT = '"Be Vietnam Pro", sans-serif';
const SAMPLE = "Điều phối hợp";

/** A modeler in that frame. The font is loaded first: labels are measured, and a later font would break their lines anew. */
export async function openModeler(container) {
  await Promise.all(["400", "600"].map((weight) => document.fonts.load(`${weight} 12px "Be Vietnam Pro"`, SAMPLE)));
  return new Modeler({
    container,
    additionalModules: [minimap, profile, labels, ...(document.documentElement.lang === "vi" ? [vietnamese] : [])],
    moddleExtensions: { bpmn: bpmnWithTexts, ph: phoihop },
    textRenderer: { defaultStyle: { fontFamily: FONT, fontSize: 11, lineHeight: 1.15 }, externalStyle: { fontFamily: FONT, fontSize: 11 } },
    bpmnRenderer: { defaultStrokeColor: "#16242e" },
  });
}
