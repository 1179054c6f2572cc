"""The measuring instruments: what a completion costs, and whether the books agree after everything was killed."""
