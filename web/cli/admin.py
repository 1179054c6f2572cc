"""A real start: the first administrator, and agencies, officers and bindings from CSV files."""

from __future__ import annotations

from pathlib import Path

import click

from web.auth.sessions import close_all
from web.cli.common import OPERATOR, current_container, told
from workflows.agencies import accounts, commands, imports
from workflows.documents.signing.trust import judge_of, read_trust


@click.group("admin")
def admin() -> None:
    """People and agencies of this store."""


@admin.command("create")
@click.option("--user-name", prompt="Tên đăng nhập")
@click.option("--name", prompt="Họ và tên")
@click.password_option("--password", prompt="Mật khẩu", confirmation_prompt="Nhập lại mật khẩu")
@click.option("--agency", default="vp-ubnd-tinh", show_default=True, help="Agency in which the duty is held.")
def create(user_name: str, name: str, password: str, agency: str) -> None:
    """Create an administrator."""
    container = current_container()
    with told(), container.write() as session:
        commands.create_administrator(
            session,
            container.engine.clock.now(),
            user_name=user_name,
            name=name,
            password=password,
            agency_id=agency,
        )
    click.echo(f"Đã tạo quản trị viên {user_name}.")


@admin.command("password")
@click.argument("user_name")
@click.password_option("--password", prompt="Mật khẩu mới", confirmation_prompt="Nhập lại mật khẩu mới")
def set_password(user_name: str, password: str) -> None:
    """Give the account USER_NAME a new password; accounts opened by an import have none until then."""
    container = current_container()
    with told(), container.write() as session:
        now = container.engine.clock.now()
        account = accounts.set_password(session, user_name=user_name, password=password, actor=OPERATOR, now=now)
        close_all(session, account.id)  # whoever is signed in with the old password is not any more
    click.echo(f"Đã đặt mật khẩu cho tài khoản {user_name}.")


@admin.command("import")
@click.argument("kind", type=click.Choice(imports.KINDS))
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_file(kind: str, path: Path) -> None:
    """Import the CSV file PATH: all of it, or nothing where a line is wrong."""
    container = current_container()
    with told(), container.write() as session:
        now = container.engine.clock.now()
        importer = imports.importers(judge_of(read_trust(container.settings.trust_dir), now))[kind]
        report = importer(session, path.read_bytes(), OPERATOR, now, file=path.name)
    click.echo(f"Thêm {report.created}, sửa {report.updated}, giữ nguyên {report.unchanged}.")
