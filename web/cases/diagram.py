"""Where a case stands in its diagram, as inline SVG drawn on the server."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from markupsafe import Markup

from engine.errors import DefinitionError
from engine.procedures import drawing
from engine.procedures.bundle import DIAGRAM, Bundle
from engine.queries.cases import CaseView
from web.formatting import in_language
from web.language import _, current

log = logging.getLogger(__name__)


def diagram(view: CaseView) -> Markup | None:
    """The diagram of the case's version, with open and finished elements marked."""
    names = [item.element_name for item in view.open_items]
    told = _("Đang chờ: %(steps)s", steps="; ".join(names)) if names else _("Vụ việc đã kết thúc.")
    return picture(view.version.bundle, view.diagram_states, told)


def picture(
    bundle: Bundle,
    states: Mapping[str, str] | None = None,
    description: str = "",
    notes: Mapping[str, str] | None = None,
) -> Markup | None:
    """The diagram of a procedure; None for a file that cannot be drawn, which must keep nobody from working.

    The drawing is made by the core from a checked file and escapes its texts.
    """
    try:
        drawn = drawing.svg(
            bundle.files[DIAGRAM],
            states=states or {},
            notes=notes or {},
            title=in_language(bundle.title, current()),
            description=description,
            identifier=f"so-do-{bundle.id}",
        )
    except DefinitionError as error:
        log.warning("procedure %s cannot be drawn: %s", bundle.id, error)
        return None
    return Markup(drawn)
