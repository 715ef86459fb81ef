"""The list managers of the demonstration: who they are, and their ways to the admin port. Their tokens are no secrets."""

from node.admin.client import AdminClient
from node.cli.lists_client import TIMEOUT_S, ListClient
from node.ports.lists import Kind

EDITOR, REVIEWER = "editor", "reviewer"
"""Accounts in config/four-provinces: one writes, the other reviews and publishes."""


def manager_token(province: str, account: str) -> str:
    """A manager's token. config/four-provinces holds its SM3."""
    return f"demo-token-of-{province}-list-{account}-not-a-secret"


def managing(url: str, province: str, account: str, kind: Kind = Kind.USELIST) -> ListClient:
    """A client of the admin port at this URL in a manager's name."""
    return ListClient(AdminClient(url, manager_token(province, account), timeout_s=TIMEOUT_S), kind)
