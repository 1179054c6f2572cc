"""Vietnamese alphabetical order."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from workflows.agencies.collation import sort_key

VIETNAMESE = st.text(alphabet="aàảãáạăằâấđdeêoôơuưxyz AĐÂ-", max_size=12)


def test_letters_come_before_tones() -> None:
    names = ["Đoan Hùng", "Ấm Thượng", "Dân Chủ", "Ao Châu", "Ẩm Hạ", "Ăn Khê", "Xã Yên Lập", "Xã Yên Lạc"]

    ordered = sorted(names, key=sort_key)

    assert ordered == [
        "Ao Châu", "Ăn Khê", "Ẩm Hạ", "Ấm Thượng", "Dân Chủ", "Đoan Hùng", "Xã Yên Lạc", "Xã Yên Lập",
    ]  # fmt: skip


def test_tones_follow_the_order_of_dictionaries() -> None:
    assert sorted(["mạ", "má", "mã", "mả", "mà", "ma"], key=sort_key) == ["ma", "mà", "mả", "mã", "má", "mạ"]


def test_a_shorter_word_comes_first() -> None:
    assert sorted(["Bác Ái", "Ba Đình"], key=sort_key) == ["Ba Đình", "Bác Ái"]


@given(VIETNAMESE, VIETNAMESE)
def test_composed_and_decomposed_text_sort_alike(one: str, other: str) -> None:
    decomposed = unicodedata.normalize("NFD", one)

    assert sort_key(decomposed)[:2] == sort_key(one)[:2]
    assert (sort_key(one) < sort_key(other)) == (not sort_key(other) <= sort_key(one))
