"""Keeps what an officer typed when a session or a form had expired.

1. A form arrives without a session: its text fields travel on in the sign-in page, as one hidden field; nothing is
   stored.
2. After sign-in the page that the form belongs to is shown again, filled with them and with a fresh token.
3. A form arrives with a stale token: its page is shown again at once in the same manner.

Files cannot travel this way: the page says that they must be chosen again. Nothing is ever carried out from carried
fields alone: the officer sees them and sends the form anew.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from flask import current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException

from web.current import person
from web.formatting import nfc
from web.language import _

Typed = MultiDict[str, str]
Resumer = Callable[..., ResponseReturnValue]
REGISTRY = "phoihop.resume"
# The web's own fields begin with an underscore: they belong to one rendering of a form and are made anew.
OWN = ("csrf_token", "_key", "carried", "carried_to", "password")


def shows(endpoint: str, app: Any, resumer: Resumer) -> None:
    """Register who shows the form of a POST endpoint again: `resumer(typed, notice, **url values)`."""
    app.extensions.setdefault(REGISTRY, {})[endpoint] = resumer


def pack() -> str:
    """The typed fields of this request as text for one hidden field."""
    pairs = [(name, value) for name, value in request.form.items(multi=True) if name not in OWN]
    return json.dumps(pairs, ensure_ascii=False)


def unpack(text: str) -> Typed:
    """Read what `pack` wrote; anything else counts as nothing typed."""
    try:
        pairs = json.loads(text or "[]")
    except ValueError:
        return MultiDict()
    if not isinstance(pairs, list):
        return MultiDict()
    return MultiDict((nfc(p[0]), nfc(p[1])) for p in pairs if _is_pair(p) and p[0] not in OWN)


def _is_pair(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(isinstance(part, str) for part in value)


def sign_in_first() -> ResponseReturnValue:
    """The answer to whoever is not signed in: the sign-in page, with the typed fields where there are any."""
    if request.method == "GET":
        return redirect(url_for("auth.sign_in", tiep=request.full_path.rstrip("?")), 303)
    notice = _("Phiên làm việc đã hết. Nội dung đã nhập được giữ lại; đăng nhập xong sẽ hiện ra để gửi tiếp.")
    if request.files:
        notice += " " + _("Tệp đính kèm phải chọn lại.")
    return render_template("auth/sign_in.html", carried=pack(), carried_to=request.path, notice=notice), 401


def continue_form(path: str, typed: Typed) -> ResponseReturnValue:
    """Show the page of a carried form again; the inbox where its place is not known."""
    resumer, values = _find(path)
    if resumer is None:
        return redirect(url_for("inbox.show"), 303)
    notice = _("Đã đăng nhập lại. Nội dung đã nhập vẫn còn bên dưới và chưa được gửi: hãy kiểm tra rồi gửi.")
    return resumer(typed, notice, **values)


def ask_again(notice: str) -> str:
    """Show the form of this request again because its token was stale; returns the page's HTML."""
    resumer, values = _find(request.path)
    if person() is None or resumer is None:
        return render_template("error.html", heading=_("Hãy gửi lại"), text=notice, code="web.csrf", status=400)
    return str(current_app.make_response(resumer(unpack(pack()), notice, **values)).get_data(as_text=True))


def _find(path: str) -> tuple[Resumer | None, dict[str, Any]]:
    adapter = current_app.url_map.bind("")
    try:
        endpoint, values = adapter.match(path, method="POST")
    except HTTPException:
        return None, {}
    return current_app.extensions.get(REGISTRY, {}).get(endpoint), dict(values)
