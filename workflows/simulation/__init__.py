"""A simulated year: all agencies at work in a throw-away store, by a moved clock and one seed; then the books."""
