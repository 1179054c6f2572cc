"""All pages for overseers."""

from __future__ import annotations

from web.oversight import deletions, findings, mandates, views

ALL = (views, mandates, deletions, findings)
