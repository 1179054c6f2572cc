"""Setting the store up, and running the background work in a process of its own."""

from __future__ import annotations

import signal
import threading

import click

from web import worker
from web.cli.common import current_container
from workflows import demo


@click.command("init")
def init() -> None:
    """Bring the store into order (schema, calendar, procedures; demo people and cases in a new demo store)."""
    settings = current_container().settings
    with current_container().read() as session:
        kind = demo.store_kind(session)
    click.echo(f"Kho dữ liệu đã sẵn sàng ({kind}): {settings.data_dir}")


@click.command("accounts")
@click.option("--all", "everyone", is_flag=True, help="Every account, not only the main ones.")
def accounts(everyone: bool) -> None:
    """Show the demo accounts and their password; a real store shows none."""
    with current_container().read() as session:
        if not demo.is_demo(session):
            click.echo("Kho dữ liệu thật: tài khoản do quản trị viên cấp (flask --app web admin create).")
            return
        rows = demo.accounts(session) if everyone else demo.main_accounts(session)
    click.echo(f"Tài khoản thử (mật khẩu chung: {demo.PASSWORD}):")
    for user_name, name, agency, duty in rows:
        click.echo(f"  {user_name:<24} {name} · {agency} · {duty}")


@click.command("worker")
def run_worker() -> None:
    """Deliver messages and fire timers until stopped: as many such processes as wished, beside the web servers."""
    background = worker.start(current_container())
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    click.echo("Đang chạy. Ctrl-C để dừng.")
    stop.wait()
    background.stop()
