"""One page for every act: what it does, the form of the step where there is one, the act's own fields, one button."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from engine import forms
from engine.commands import Command, Upload
from engine.errors import FieldError, InvalidForm, Rejected
from engine.forms import Form, note_texts
from engine.queries.cases import CaseRow
from web.current import actor, now, reading, versions
from web.errors import status_of
from web.keys import execute
from web.language import current
from web.messages import sentence
from web.tasks.choices import agency_choices, case_choices
from web.tasks.fields import Errors, Surroundings, form_view
from web.tasks.typed import Typed, submitted, typed_from, without_empty_rows
from web.tasks.uploads import read_uploads

NOTHING = Form("nothing", {"vi": ""}, ())


@dataclass(frozen=True)
class Sent:
    """What was sent: values of the step's form as typed, files by field, and the act's own values, read."""

    data: Mapping[str, Any]
    files: Mapping[str, Sequence[Upload]]
    own: Mapping[str, Any]
    own_files: Mapping[str, Sequence[Upload]]


@dataclass(frozen=True)
class Act:
    """An act as its page shows it.

    Args:
        title: what is done, as heading.
        intro: what comes of it, in sentences.
        button: what the button says.
        done: what is said once it is done.
        case: the case.
        own: the act's own fields.
        command: what is sent to the core.
        form: of the step, where the act fills it in.
        values: with which the step's form is first shown.
        variables: for the notes of that form.
        listed: things to know, one line each, under `list_title`.
        own_title: heading of the act's own fields, below those of the step.
    """

    title: str
    intro: str
    button: str
    done: str
    case: CaseRow
    own: Form
    command: Callable[[Sent], Command]
    form: Form = NOTHING
    values: Mapping[str, Any] = field(default_factory=dict)
    variables: Mapping[str, Any] = field(default_factory=dict)
    listed: Sequence[str] = ()
    list_title: str = ""
    own_title: str = ""

    @property
    def whole(self) -> Form:
        """Both forms as one."""
        return replace(self.form, fields=(*self.form.fields, *self.own.fields))


def answer(act: Act) -> ResponseReturnValue:
    """Show the page, or do what was sent; whatever goes wrong, the typed values are shown again."""
    if request.method == "GET":
        return page(act, typed_from(act.form.fields, act.values))
    typed = without_empty_rows(act.form, request.form)
    if "_more" in typed:
        return page(act, typed, more=typed["_more"])
    try:
        execute(act.command(_sent(act, typed)))
    except InvalidForm as error:
        return page(act, typed, errors=_named(act, error.fields)), 422
    except Rejected as error:
        return page(act, typed, refusal=sentence(error.code, error.params, current())), status_of(error)
    flash(act.done, "success")
    return redirect(url_for("cases.show", code=act.case.code), 303)


def page(
    act: Act, typed: Typed, *, errors: Errors | None = None, refusal: str = "", notice: str = "", more: str = ""
) -> str:
    """The page.

    Args:
        typed: what stands in the boxes.
        errors: what is wrong, by field.
        refusal: why the act was refused as a whole.
        notice: something to know before sending.
        more: table that gets one more row.
    """
    with reading() as session:
        around = Surroundings(
            agencies=agency_choices(session, act.form, now()),
            cases=case_choices(session, actor(), versions(), act.form, act.case),
            notes=note_texts(act.form, act.variables),
            idle=forms.idle(act.form, submitted(act.form, typed), act.variables),
        )
    lost = any(one.filename for one in request.files.values())
    form = form_view(act.whole, typed, around, errors, more)
    return render_template("acts/show.html", act=act, form=form, refusal=refusal, notice=notice, files_lost=lost)


def _sent(act: Act, typed: Typed) -> Sent:
    """Read what was sent; the act's own fields are judged here, the step's form by the core."""
    uploads = read_uploads(act.whole, request.files)
    of_act = {name: files for name, files in uploads.items() if name.startswith("_")}
    own = submitted(act.own, MultiDict([pair for pair in typed.items(multi=True) if pair[0].startswith("_")]))
    counts = {name: len(files) for name, files in of_act.items()}
    values = forms.validate(act.own, own, variables={}, agencies=frozenset(), files=counts)
    files = {name: found for name, found in uploads.items() if name not in of_act}
    return Sent(submitted(act.form, typed), files, values, of_act)


def _named(act: Act, fields: Mapping[str, Sequence[FieldError]]) -> dict[str, Sequence[FieldError]]:
    """What the core says of the act's own values, by the names that they have on the page."""
    own = {field.name for field in act.own.fields}
    return {f"_{name}" if f"_{name}" in own else name: errors for name, errors in fields.items()}
