"""One open step of a dry run: the form that its officers see, filled in and handed in as one of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue

from engine.clock import local_date
from engine.errors import FieldError, InvalidForm, PhoiHopError, Rejected
from web.documents import composer
from web.documents.reading import attached_document, pictures
from web.errors import status_of
from web.language import _
from web.studio.recording import page
from web.studio.recording.dry_runs import DryRun, Recorded
from web.studio.recording.refusals import status_for, told_of
from web.studio.recording.shared import back, check_seen, keep
from web.tasks.fields import form_view
from web.tasks.page import decides, surroundings
from web.tasks.typed import Typed, submitted, typed_from, without_empty_rows
from workflows.agencies.facts import Holder
from workflows.agencies.queries import actor_for_account
from workflows.scenarios.runner import Stopped
from workflows.studio.tables import Draft


class Desk:
    """One open step of a dry run, at which somebody of its agency sits."""

    def __init__(self, draft: Draft, recorded: Recorded, run: DryRun, element: str) -> None:
        self.draft, self.recorded, self.run = draft, recorded, run
        self.now = run.container.engine.clock.now()
        with run.container.read() as session:
            agency, child = request.args.get("co_quan", ""), request.args.get("con")
            self.place = page.place_at(session, run, element, agency, child)
            self.people = page.people(session, self.place, self.now)
            self.by = self._chosen()
            if self.by is not None:
                self.who = actor_for_account(session, self.by.user_name, local_date(self.now), channel="scenario")
                self.view = page.form_of(session, run, self.place, self.who)

    def _chosen(self) -> Holder | None:
        """The officer who was chosen, else the first; None where the demo store has nobody for it."""
        asked = request.form.get("_by", "")
        return next((one for one in self.people if one.user_name == asked), next(iter(self.people), None))

    def show(self) -> str:
        """The page as it opens."""
        if self.by is None:
            return self._render()
        return self._page(typed_from(self.view.form.fields, self.view.values))

    def answer(self) -> ResponseReturnValue:
        """Do what was sent."""
        if self.by is None:
            return self._render(), 409
        typed = without_empty_rows(self.view.form, request.form)
        if "_more" in typed:
            return self._page(typed, more=typed["_more"])
        if "_edit" in typed or "_preview" in typed:
            return self._rewritten(typed)
        try:
            check_seen(self.recorded)
            keep(self.draft.id, self.run, self._step(typed))
        except Stopped as stopped:
            return self._refused(typed, stopped.error)
        except Rejected as error:
            return self._refused(typed, error)
        flash(_("Đã ghi bước “%(step)s”.", step=self.place.name), "success")
        return back(self.draft.id)

    def _step(self, typed: Typed) -> dict[str, Any]:
        """The step as the scenario's file says it."""
        assert self.by is not None
        step: dict[str, Any] = {"by": self.by.user_name, self.place.kind: self.place.element}
        step["data"] = submitted(self.view.form, typed)
        if self._agency_matters():
            step["agency"] = self.place.agency_id
        if self.place.child is not None:
            step["child"] = self.place.child
        return step

    def _agency_matters(self) -> bool:
        """Whether the same step waits in other agencies too."""
        with self.run.container.read() as session:
            same = [one for one in page.places(session, self.run) if one.element == self.place.element]
        return len(same) > 1

    def _rewritten(self, typed: Typed) -> ResponseReturnValue:
        """The page with the rows of its text moved, or with the pages as they would be printed."""
        name, _sign, action = typed.get("_edit", "").partition(":")
        if name in {one.name for one in self.view.form.fields if one.editor == composer.EDITOR}:
            typed = composer.edit(typed, name, action)
        try:
            return self._page(typed, preview="_preview" in typed)
        except Rejected as error:
            return self._page(typed, refusal=told_of(error)), status_of(error)

    def _refused(self, typed: Typed, error: PhoiHopError | None) -> ResponseReturnValue:
        if isinstance(error, InvalidForm):
            return self._page(typed, errors=error.fields), 422
        return self._page(typed, refusal=told_of(error)), status_for(error)

    def _page(
        self,
        typed: Typed,
        *,
        errors: Mapping[str, Sequence[FieldError]] | None = None,
        refusal: str = "",
        more: str = "",
        preview: bool = False,
    ) -> str:
        view, versions = self.view, self.run.container.engine.versions
        with self.run.container.read() as session:
            back = self.place.kind == page.DO and page.may_send_back(session, self.run, self.place, self.who)
            document = attached_document(session, self.who, getattr(view, "document_id", None))
            around = surroundings(session, view, typed, document, self.who, versions, self.now)
            shown = preview or decides(view.form, document)
            printed = pictures(session, document, view.form, typed, self.who, self.now) if shown else []
        form = form_view(view.form, typed, around, errors, more)
        about = {"form": form, "refusal": refusal, "document": document, "pages": printed, "preview": preview}
        return self._render(**about, may_send_back=back)

    def _render(self, **about: Any) -> str:
        shown = {"form": None, "refusal": "", "document": None, "pages": [], "preview": False, **about}
        return render_template(
            "studio/recording_task.html",
            draft=self.draft,
            place=self.place,
            by=self.by,
            people=self.people,
            now=self.now,
            seen=len(self.recorded.steps),
            **shown,
        )
