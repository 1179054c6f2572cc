"""The only place that knows SpiffWorkflow: parsing, running and storing the state of a process."""

from engine.spiff import growth, sealing

sealing.seal()
growth.follow_only()
