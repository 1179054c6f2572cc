"""What kind of store this is, and the demo store's officers and accounts."""

from workflows.demo.officers import PASSWORD, accounts, build, main_accounts
from workflows.demo.store import is_demo, mark, require_demo, store_kind

__all__ = ["PASSWORD", "accounts", "build", "is_demo", "main_accounts", "mark", "require_demo", "store_kind"]
