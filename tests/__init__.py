"""The tests; `make test ARGS="…"` runs them."""
