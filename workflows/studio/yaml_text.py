"""YAML as it stands in a procedure's folder, written anew after a change made in a form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import yaml

WIDTH: Final = 4096
"""Sentences are not broken: a line that changed is a sentence that changed."""


class _Dumper(yaml.SafeDumper):
    """Short mappings on one line, as people write them."""

    def represent_mapping(self, tag: str, mapping: Any, flow_style: bool | None = None) -> Any:
        node = super().represent_mapping(tag, mapping, flow_style)
        node.flow_style = all(isinstance(value, yaml.ScalarNode) for _, value in node.value)
        return node

    def ignore_aliases(self, data: Any) -> bool:
        """The checks refuse aliases, so the same value is written twice."""
        return True


def dump(value: Mapping[str, Any], before: bytes = b"") -> bytes:
    """The file's new content.

    Args:
        value: what it says.
        before: what it was; the comment at its beginning stays.
    """
    kept = []
    for line in before.decode("utf-8", "replace").splitlines():
        if not line.startswith("#"):
            break
        kept.append(line)
    text: str = yaml.dump(dict(value), Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=WIDTH)
    return ("\n".join([*kept, ""]) if kept else "").encode() + text.encode()
