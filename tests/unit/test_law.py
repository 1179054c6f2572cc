"""Instruments and citations: law is data, and what is unsure stays marked so."""

from __future__ import annotations

from datetime import date

import pytest

from workflows.law import Force, UnknownBasis, check_basis, citation, clause_on, force_of, instruments
from workflows.law.clauses import BrokenClause, read_clauses


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
        assert known[old].force.covers(date(2026, 6, 30)) and not known[new].force.covers(date(2026, 6, 30))
        assert not known[old].force.covers(date(2026, 7, 1)) and known[new].force.covers(date(2026, 7, 1))


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
    assert regulation.force == Force(date(2020, 1, 15), None)
    assert regulation.confidence == "U"
    assert instruments()["nd148-2026"].force.since is None


def test_a_clause_is_law_on_its_own_days_and_otherwise_on_those_of_its_instrument() -> None:
    changed, before = "tdkt-2022:84", date(2026, 9, 30)
    said, says = clause_on(changed, before), clause_on(changed, date(2026, 10, 1))
    assert said is not None and says is not None and said.text != says.text
    assert says.confidence == "U"  # nobody read what the amendment did to it
    assert force_of(changed) == instruments()["tdkt-2022"].force
    assert force_of("nd88-2012:13.3") == force_of("nd88-2012:99") == instruments()["nd88-2012"].force
    assert clause_on("nd88-2012:13.3", date(2026, 7, 1)) is None


def test_a_basis_finer_than_what_is_described_follows_the_wider_one(monkeypatch: pytest.MonkeyPatch) -> None:
    own = read_clauses("nd262-2026:7: {from: 2026-08-01, to: 2027-01-31, vi: Vi phạm, en: Breaches, confidence: U}")
    monkeypatch.setattr("workflows.law.clauses.clauses", lambda: own)
    assert force_of("nd262-2026:7.2-3") == force_of("nd262-2026:7.2.a") == Force(date(2026, 8, 1), date(2027, 1, 31))
    assert force_of("nd262-2026:71").since == date(2026, 7, 1)


@pytest.mark.parametrize(
    "states",
    [
        "{from: 2026-06-30, vi: a, en: b, confidence: V}",  # before its decree
        "[{to: 2026-08-31, vi: a, en: b, confidence: V}, {from: 2026-08-31, vi: a, en: b, confidence: V}]",  # overlap
        "[{to: 2026-08-31, vi: a, en: b, confidence: V}, {from: 2026-09-02, vi: a, en: b, confidence: V}]",  # gap
        "[{vi: a, en: b, confidence: V}, {from: 2026-09-02, vi: a, en: b, confidence: V}]",  # the first never ends
        "{vi: a, b, en: c, confidence: V}",  # a comma that cuts the text off
        "{vi: a, en: b}",
    ],
)
def test_a_description_that_cannot_hold_is_refused_by_name(states: str) -> None:
    with pytest.raises(BrokenClause, match="nd262-2026:7"):
        read_clauses(f"nd262-2026:7: {states}")
