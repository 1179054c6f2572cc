"""Legal instruments and clauses: what a basis such as `qd01-2020:10.1` means, and on which days it is law."""

from workflows.law.citations import BasisProblem, UnknownBasis, check_basis, citation
from workflows.law.clauses import Clause, clause_on, force_of
from workflows.law.instruments import CONFIDENCES, Force, Instrument, instruments

__all__ = [
    "CONFIDENCES",
    "BasisProblem",
    "Clause",
    "Force",
    "Instrument",
    "UnknownBasis",
    "check_basis",
    "citation",
    "clause_on",
    "force_of",
    "instruments",
]
