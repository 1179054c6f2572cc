"""The types of official documents in use and what each of them has on the page (NĐ 30/2020, Điều 7 and Phụ lục III)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class DocumentKind:
    """One type of document.

    Args:
        code: abbreviation of the type; for official letters the code by which the program knows them.
        title: name of the type as printed; empty for official letters, which carry "V/v" instead.
        name: name as people say it.
        addressed: whether "Kính gửi" stands above the text.
        decision: whether the issuing authority and the grounds stand above "QUYẾT ĐỊNH:" (Mẫu 1.2).
        dated: whether place and date stand in the head (minutes carry them in their text, Mẫu 1.9).
        subject_lead: words before the subject, for example "V/v".
        countersigned: whether the secretary signs beside the chair (minutes, Mẫu 1.9).
    """

    code: str
    title: str
    name: str
    addressed: bool = False
    decision: bool = False
    dated: bool = True
    subject_lead: str = ""
    countersigned: bool = False

    @property
    def named(self) -> bool:
        """Whether the type's name is printed and stands in the symbol."""
        return bool(self.title)


KINDS = {
    kind.code: kind
    for kind in (
        DocumentKind("TB", "THÔNG BÁO", "Thông báo"),
        DocumentKind("TTr", "TỜ TRÌNH", "Tờ trình", addressed=True),
        DocumentKind("KH", "KẾ HOẠCH", "Kế hoạch"),
        DocumentKind("BC", "BÁO CÁO", "Báo cáo", addressed=True),
        DocumentKind("CV", "", "Công văn", addressed=True, subject_lead="V/v"),
        DocumentKind("QĐ", "QUYẾT ĐỊNH", "Quyết định", decision=True),
        DocumentKind("GM", "GIẤY MỜI", "Giấy mời"),
        DocumentKind("GUQ", "GIẤY ỦY QUYỀN", "Giấy ủy quyền"),
        DocumentKind("BB", "BIÊN BẢN", "Biên bản", dated=False, countersigned=True),
    )
}

URGENCY = {"none": "", "khan": "KHẨN", "thuong_khan": "THƯỢNG KHẨN", "hoa_toc": "HỎA TỐC"}


def symbol_tail(kind: DocumentKind, issuer: str, unit: str) -> str:
    """The symbol after the slash (NĐ 30/2020, Phụ lục I, II.3).

    Args:
        issuer: abbreviation of the issuing agency, for example "VPUBND".
        unit: abbreviation of the drafting unit; official letters carry it when known.

    Returns:
        "TB-VPUBND" for a named type, "VPUBND-VX" or "VPUBND" for an official letter.
    """
    groups = [kind.code, issuer] if kind.named else [issuer, unit]
    return "-".join(group for group in groups if group)


def symbol(number: int, tail: str) -> str:
    """Number and symbol: two digits below 10, then "/" and the symbol, for example "05/TB-SNgV"."""
    return f"{number:02d}/{tail}"
