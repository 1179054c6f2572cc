"""Canonical JSON: one value, one sequence of bytes. What is hashed is what is stored."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping
from typing import Any

import orjson


class NotCanonical(TypeError):
    """A value that has no canonical form: a float, a key that is not text, or a foreign type."""


def nfc(value: Any) -> Any:
    """The value with all its text in Unicode NFC, mappings as dicts and sequences as lists.

    Raises:
        NotCanonical: floats (two programs print them differently), keys that are not text, foreign types.
    """
    if isinstance(value, str):
        return value if value.isascii() else unicodedata.normalize("NFC", value)
    if value is None or isinstance(value, int):
        return value
    if isinstance(value, Mapping):
        return {_key(key): nfc(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [nfc(item) for item in value]
    raise NotCanonical(type(value).__name__)


def dumps(value: Any) -> bytes:
    """UTF-8 JSON with sorted keys, no spaces, text in NFC and no floats.

    Raises:
        NotCanonical: see `nfc`.
    """
    try:
        return orjson.dumps(nfc(value), option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError as error:  # integers beyond 64 bits, lone surrogates
        raise NotCanonical(str(error)) from error


def loads(data: bytes) -> Any:
    """Read canonical JSON."""
    return orjson.loads(data)


def digest(data: bytes) -> str:
    """SHA-256 in lower-case hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def _key(key: Any) -> str:
    if not isinstance(key, str):
        raise NotCanonical(type(key).__name__)
    return key if key.isascii() else unicodedata.normalize("NFC", key)
