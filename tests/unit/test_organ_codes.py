"""Organisation codes: both orders name one organisation, and nothing else is taken for a code."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.agencies.organ_codes import NotAnOrganCode, OrganCode

tops = st.from_regex(r"[A-Z][0-9]{2}", fullmatch=True)
levels = st.lists(st.from_regex(r"[0-9]{2,3}", fullmatch=True), max_size=7)


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("000.00.02.H44", "H44.02"),
        ("H44.02.01", "H44.02.01"),
        ("000.00.00.G22", "G22"),
        ("28.22.H17", "H17.22.28"),
        ("002.00.20.H13", "H13.20.00.002"),
        (" h44 ", "H44"),
        ("H44.02.00", "H44.02"),
    ],
)
def test_both_orders_are_stored_highest_first(text: str, stored: str) -> None:
    assert str(OrganCode.parse(text)) == stored


@pytest.mark.parametrize(
    ("code", "shown"),
    [("H44.02", "000.00.02.H44"), ("G22", "000.00.00.G22"), ("H13.20.00.002", "002.00.20.H13"), ("H44.002", "H44.002")],
)
def test_the_older_order_is_shown_where_it_can_express_the_code(code: str, shown: str) -> None:
    assert OrganCode.parse(code).highest_last() == shown


@pytest.mark.parametrize(
    "text",
    ["", "44", "H4", "H44.", ".H44", "H44..02", "H44.2", "H44.H45", "02.H44.01", "H44.02" + ".01" * 11, "Н44", "H٤٤"],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(NotAnOrganCode):
        OrganCode.parse(text)


@given(tops, levels)
def test_what_is_shown_in_either_order_is_the_same_organisation(top: str, below: list[str]) -> None:
    code = OrganCode.parse(".".join([top, *below]))

    assert OrganCode.parse(str(code)) == code
    assert OrganCode.parse(code.highest_last()) == code
    assert OrganCode.parse(".".join(reversed([top, *below]))) == code
