"""The regulation as pages: every duty, what serves it, and the log of standing duties."""
