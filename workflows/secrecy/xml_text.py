"""Text of the XML parts of office documents (OOXML and OpenDocument), read as a stream, without entities."""

from __future__ import annotations

from xml.parsers import expat

MAX_DEPTH = 500

_BLOCKS = frozenset(
    {"p", "h", "si", "is", "tr", "table-row", "br", "line-break", "comment", "title", "subject", "keywords"}
)
_CELLS = frozenset({"tab", "tc", "table-cell"})
_WORD_ART = "string"


class NotReadable(Exception):
    """A file whose text cannot be had; `reason` is one of those of `FileScan`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class _Collector:
    """Gathers text: paragraphs, rows and cells become lines of their own, runs of a paragraph are joined."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self._depth = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise NotReadable("damaged")
        self._separate(name)
        if _WORD_ART in attributes:  # the text of a watermark is an attribute
            self.pieces.append(f"\n{attributes[_WORD_ART]}\n")

    def end(self, name: str) -> None:
        self._depth -= 1
        self._separate(name)

    def data(self, text: str) -> None:
        if text.strip() or "\n" not in text:  # line breaks between elements are layout of the file
            self.pieces.append(text)

    def doctype(self, *_: object) -> None:
        raise NotReadable("damaged")

    def _separate(self, name: str) -> None:
        local = name.rpartition(" ")[2]
        if local in _BLOCKS or local in _CELLS:
            self.pieces.append("\n")


def xml_text(data: bytes) -> str:
    """The text in an XML part, paragraphs on lines of their own.

    Raises:
        NotReadable: not well-formed, nested beyond reason, or with a document type (a door for entity bombs).
    """
    collector = _Collector()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = collector.start
    parser.EndElementHandler = collector.end
    parser.CharacterDataHandler = collector.data
    parser.StartDoctypeDeclHandler = collector.doctype
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, ValueError, LookupError):
        raise NotReadable("damaged") from None
    return "".join(collector.pieces)
