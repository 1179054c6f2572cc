"""Working days and deadlines: a table of days with sources, counting over it, and the rules of `deadlines.yaml`."""

from workflows.calendar.days import Calendar, YearUnknown
from workflows.calendar.deadlines import DeadlineCalculator, check_rules

__all__ = ["Calendar", "DeadlineCalculator", "YearUnknown", "check_rules"]
