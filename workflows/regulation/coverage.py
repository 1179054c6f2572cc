"""The matrix of duties and procedures, in both directions: what serves a duty, and what serves none.

Which elements serve a duty is read from the diagrams: an element that cites the duty's clause in `ph:legal`, in one of
the duty's procedures or in a part that it uses. So the matrix cannot say more than the diagrams do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from engine.procedures.bundle import Bundle
from engine.procedures.model import TASKS, Element
from workflows.regulation.duties import PLANNED, PROCEDURE, REGULATION, Duty


@dataclass(frozen=True)
class Served:
    """A duty with the elements that serve it, as (procedure or part id, element)."""

    duty: Duty
    elements: tuple[tuple[str, Element], ...]

    @property
    def missing(self) -> bool:
        """Whether procedures should serve it and nothing in them does."""
        return self.duty.serving.by == PROCEDURE and not self.elements


@dataclass(frozen=True)
class Matrix:
    """Both directions.

    Args:
        served: every duty.
        uncited: tasks that cite no clause of the regulation, as (procedure or part id, element).
    """

    served: tuple[Served, ...]
    uncited: tuple[tuple[str, Element], ...]

    @property
    def missing(self) -> tuple[Duty, ...]:
        """Duties that procedures should serve and do not."""
        return tuple(one.duty for one in self.served if one.missing)

    @property
    def planned(self) -> tuple[Duty, ...]:
        """Duties that nothing serves yet."""
        return tuple(one.duty for one in self.served if one.duty.serving.by == PLANNED)

    @property
    def counts(self) -> Mapping[str, int]:
        """How many duties are served in each way."""
        return Counter(one.duty.serving.by for one in self.served)


def matrix(duties: Iterable[Duty], bundles: Sequence[Bundle]) -> Matrix:
    """The matrix of these duties over these procedures and shared parts."""
    by_id = {bundle.id: bundle for bundle in bundles}
    served = tuple(Served(duty, tuple(_serving(duty, by_id))) for duty in duties)
    tasks = [(b.id, e) for b in bundles for e in b.process.elements.values() if e.kind in TASKS]
    return Matrix(served, tuple((id_, element) for id_, element in tasks if not _clauses(element)))


def _serving(duty: Duty, by_id: Mapping[str, Bundle]) -> Iterable[tuple[str, Element]]:
    wanted = {part for id_ in duty.serving.procedures for part in _with_parts(id_, by_id)}
    for id_ in sorted(wanted):
        for element in by_id[id_].process.elements.values():
            if any(_serves(clause, duty.clause) for clause in _clauses(element)):
                yield id_, element


def _with_parts(id_: str, by_id: Mapping[str, Bundle]) -> set[str]:
    if id_ not in by_id:
        return set()
    return {id_}.union(*(_with_parts(part, by_id) for part in by_id[id_].uses))


def _clauses(element: Element) -> list[str]:
    return [legal.basis.partition(":")[2] for legal in element.legal if legal.basis.startswith(f"{REGULATION}:")]


def _serves(cited: str, clause: str) -> bool:
    """A citation of the clause itself, of one of its points, or of the range that holds it."""
    return cited == clause or cited.startswith(f"{clause}.")
