"""How gunicorn serves the program: one worker with threads by default, on the loopback address.

Environment: PORT, WEB_CONCURRENCY (number of workers; more than one needs PostgreSQL), LOG_LEVEL, DATABASE_URL.
"""

import os
from typing import Any

bind = f"127.0.0.1:{os.environ.get('PORT') or 8000}"
workers = int(os.environ.get("WEB_CONCURRENCY") or 1)
worker_class = "gthread"
threads = 8
timeout = 60
graceful_timeout = 10
loglevel = (os.environ.get("LOG_LEVEL") or "warning").lower()
# It would lie in the home directory, one for all servers of a person.
control_socket_disable = True


def on_starting(server: Any) -> None:
    """Refuse several workers on SQLite, where each would run timers and deliveries of its own over one file."""
    database = os.environ.get("DATABASE_URL") or "sqlite"
    if workers > 1 and database.startswith("sqlite"):
        raise SystemExit(
            "WEB_CONCURRENCY > 1 cần PostgreSQL: hãy đặt DATABASE_URL, hoặc bỏ WEB_CONCURRENCY.\n"
            "WEB_CONCURRENCY > 1 needs PostgreSQL: set DATABASE_URL, or leave WEB_CONCURRENCY out."
        )


def post_worker_init(worker: Any) -> None:
    """Start what one process does besides answering, then say where the program is to be found.

    Threads do not survive a fork, so they start here. With several workers they run in processes of their own.
    """
    if workers == 1:
        from web.worker import start_embedded

        worker.background = start_embedded(worker.wsgi)
    if worker.age == 1:
        print(f"\nPhối hợp: http://{bind}/   (Ctrl-C: dừng · stop)\n", flush=True)


def worker_exit(server: Any, worker: Any) -> None:
    """Let deliveries that are under way come to their end before the process goes."""
    background = getattr(worker, "background", None)
    if background is not None:
        background.stop()
