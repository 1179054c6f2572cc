"""Runs any procedure: versions, cases, work items, timers and the event log. Knows no regulation and no HTTP."""
