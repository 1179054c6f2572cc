"""Links from one page of a list to the next, with the filters kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import request, url_for


def after() -> str | None:
    """Id of the last row of the page before; None on the first page."""
    return request.args.get("sau")


def number() -> int:
    """Number of the page asked for by `trang`, from 1."""
    text = request.args.get("trang", "")
    return max(int(text), 1) if text.isascii() and text.isdigit() and len(text) < 6 else 1


def next_page(endpoint: str, ids: Sequence[str], limit: int) -> str | None:
    """Address of the page that follows these rows; None where they do not fill a page."""
    if len(ids) < limit:
        return None
    values: dict[str, Any] = {**request.args.to_dict(), "sau": ids[-1]}
    return url_for(endpoint, **values)
