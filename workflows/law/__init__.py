"""Legal instruments and clauses: what a basis such as `qd01-2020:10.1` means, and whether it was in force."""

from workflows.law.citations import BasisProblem, UnknownBasis, check_basis, citation
from workflows.law.instruments import Instrument, in_force, instruments

__all__ = ["BasisProblem", "Instrument", "UnknownBasis", "check_basis", "citation", "in_force", "instruments"]
