"""The command line `certmesh`: parses, calls, prints. Answers go to stdout, everything else to stderr.

A command's module is imported when the command is called: most need a tenth of what the daemon needs, and answer that much sooner.

Exit codes: 0 done · 1 a check failed or a request was refused · 2 wrong usage or configuration · 3 `doctor` found something critical ·
4 two libraries judge one signature differently.
"""

import sys
from collections.abc import Mapping
from functools import lru_cache
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_group

from federation.model.publication import PublicationError
from node.cli.second_opinion import EXIT_DISAGREEMENT, disagree
from node.errors import ConfigError, NodeError
from node.library.source import ManifestError
from node.ports.store import StoreError
from trust.errors import DisagreementError, TrustError

COMMANDS: Mapping[str, tuple[str, ...]] = {
    "setup": ("init",),
    "check_config": ("check-config",),
    "running": ("serve", "status", "uses"),
    "explain": ("explain",),
    "quality": ("quality",),
    "orders": ("stop", "lift", "orders"),
    "alarms": ("alarms",),
    "doctor": ("doctor",),
    "verify": ("verify",),
    "library": ("import", "demo-certificates"),
}
"""Which commands a module of this package adds."""

GROUPS: Mapping[str, tuple[str, ...]] = {
    "identity": ("identity_show", "identity_next", "identity_crl"),
    "membership": ("membership_adopt", "membership_change", "membership_history"),
    "catalogue": (),
    "uselist": ("uselist_decide", "uselist_explain", "uselist_stats"),
    "decisions": (),
    "managers": (),
    "reviews": (),
    "notices": (),
    "objections": (),
    "evidence": (
        "evidence_verify",
        "evidence_read",
        "evidence_prove",
        "evidence_export",
        "evidence_audit",
        "evidence_find",
        "evidence_questions",
        "evidence_reconcile",
    ),
    "holder": (),
    "receipt": (),
    "proof": (),
    "contents": (),
    "ofd": ("ofd_copy", "ofd_preview", "ofd_report"),
}
"""Commands with commands of their own: the module with `app`, and those that add to it."""


@lru_cache
def _added(module: str) -> Mapping[str, Any]:
    """The commands that a module adds, by name."""
    parent = typer.Typer()
    parent.callback()(_nothing)
    import_module(f"node.cli.{module}").add_to(parent)
    return get_group(parent).commands


@lru_cache
def _group(name: str) -> Any:
    """A command with commands of its own."""
    main = import_module(f"node.cli.{name}")
    for module in GROUPS[name]:
        import_module(f"node.cli.{module}").add_to(main.app)
    group = get_group(main.app)
    group.name = name
    return group


def _nothing() -> None:
    """Make a Typer a group whatever it holds."""


class _Lazy(TyperGroup):
    """Finds a command by the tables above."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - click's signature
        """All names, in the order of the tables."""
        return [*(name for names in COMMANDS.values() for name in names), *GROUPS]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002 - click's signature
        """The command of this name."""
        if cmd_name in GROUPS:
            return _group(cmd_name)
        module = next((module for module, names in COMMANDS.items() if cmd_name in names), None)
        return None if module is None else _added(module)[cmd_name]


app = typer.Typer(
    name="certmesh", cls=_Lazy, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
)


@app.callback()
def _root() -> None:
    """A province's node for sharing electronic certificates (电子证照) with its peers, without a hub."""


def main() -> None:
    """Run the command line; errors made for people end as one message and an exit code."""
    try:
        app()
    except ConfigError as error:
        _fail(error, 2)
    except DisagreementError as error:
        disagree(error, as_json=False)
        sys.exit(EXIT_DISAGREEMENT)
    except (NodeError, StoreError, TrustError, ManifestError, PublicationError) as error:
        _fail(error, 1)


def _fail(error: Exception, code: int) -> None:
    print(f"certmesh: {error}", file=sys.stderr)
    sys.exit(code)
