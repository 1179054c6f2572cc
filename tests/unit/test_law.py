"""Instruments and citations: law is data, and what is unsure stays marked so."""

from __future__ import annotations

from datetime import date

import pytest

from workflows.law import UnknownBasis, check_basis, citation, in_force, instruments


@pytest.mark.parametrize(
    ("basis", "vi", "en"),
    [
        (
            "qd01-2020:10.1",
            "Khoản 1 Điều 10 Quy chế kèm theo QĐ 01/2020/QĐ-UBND",
            "Clause 1, Article 10 of the Regulation attached to Decision 01/2020/QĐ-UBND",
        ),
        (
            "nd09-2017:6.3.a",
            "Điểm a khoản 3 Điều 6 NĐ 09/2017/NĐ-CP",
            "Point a, clause 3, Article 6 of Decree 09/2017/NĐ-CP",
        ),
        (
            "nd09-2017:6.3a",
            "Điểm a khoản 3 Điều 6 NĐ 09/2017/NĐ-CP",
            "Point a, clause 3, Article 6 of Decree 09/2017/NĐ-CP",
        ),
        (
            "qd01-2020:10.2.a-d",
            "Các điểm a–d khoản 2 Điều 10 Quy chế kèm theo QĐ 01/2020/QĐ-UBND",
            "Points a–d, clause 2, Article 10 of the Regulation attached to Decision 01/2020/QĐ-UBND",
        ),
        (
            "tt02-2019:6.3.đ",
            "Điểm đ khoản 3 Điều 6 TT 02/2019/TT-BTTTT",
            "Point đ, clause 3, Article 6 of Circular 02/2019/TT-BTTTT",
        ),
        ("lbc-2016:42-43", "Các Điều 42–43 Luật Báo chí 2016", "Articles 42–43 of Law 103/2016/QH13"),
        ("nd30-2020:pl3", "Phụ lục III NĐ 30/2020/NĐ-CP", "Annex III of Decree 30/2020/NĐ-CP"),
        ("nd262-2026:26", "Điều 26 NĐ 262/2026/NĐ-CP", "Article 26 of Decree 262/2026/NĐ-CP"),
        ("bvbmnn-2025", "Luật Bảo vệ bí mật nhà nước 2025", "Law 117/2025/QH15"),
    ],
)
def test_a_basis_is_cited_as_officers_cite_it(basis: str, vi: str, en: str) -> None:
    assert check_basis(basis) is None
    assert citation(basis) == vi
    assert citation(basis, "en") == en


@pytest.mark.parametrize(
    ("basis", "code"),
    [
        ("nd99-1999:1", "law.instrument_unknown"),
        ("", "law.instrument_unknown"),
        ("qd01-2020:", "law.clause_unreadable"),
        ("qd01-2020:Điều 10", "law.clause_unreadable"),
        ("qd01-2020:10.1.", "law.clause_unreadable"),
    ],
)
def test_an_unreadable_basis_is_named_and_never_cited(basis: str, code: str) -> None:
    problem = check_basis(basis)
    assert problem is not None and problem.code == code
    with pytest.raises(UnknownBasis):
        citation(basis)


def test_the_decrees_change_hands_without_a_gap() -> None:
    """The spokesperson and foreign-press decrees ended on 30/6/2026; their successors began the next day."""
    known = instruments()
    for old, new in (("nd09-2017", "nd244-2026"), ("nd88-2012", "nd262-2026"), ("lbc-2016", "lbc-2025")):
        assert known[old].replaced_by == (new,)
        assert in_force(known[old], date(2026, 6, 30)) and not in_force(known[new], date(2026, 6, 30))
        assert not in_force(known[old], date(2026, 7, 1)) and in_force(known[new], date(2026, 7, 1))


def test_every_entry_is_whole_and_points_to_known_instruments() -> None:
    known = instruments()
    for instrument in known.values():
        assert instrument.confidence in ("V", "V2", "R", "U") and instrument.source, instrument.id
        assert set(instrument.subject) == {"vi", "en"}, instrument.id
        assert set(instrument.replaced_by + instrument.amended_by) <= set(known), instrument.id
        assert set(instrument.recalled) <= {"number", "issued", "from", "to"}, instrument.id
        assert citation(instrument.id, "en") and citation(f"{instrument.id}:1.1")


def test_what_nobody_knows_stays_unknown() -> None:
    """No repeal of the regulation was found, and the merger makes one likely: its state is unsure, not "in force"."""
    regulation = instruments()["qd01-2020"]
    assert regulation.in_force_from == date(2020, 1, 15) and regulation.in_force_to is None
    assert regulation.confidence == "U"
    assert instruments()["nd148-2026"].in_force_from is None
