"""The tables of `node.cli` name exactly what its modules add; each command is there under its name."""

from importlib import import_module
from pathlib import Path

import pytest
import typer
from typer.main import get_group

from node import cli
from tests.node.cli.ceremony import certmesh

MODULES = {path.stem for path in Path(cli.__file__).parent.glob("[a-z]*.py")}


@pytest.mark.parametrize("module", cli.COMMANDS)
def test_a_module_adds_what_the_table_says(module: str) -> None:
    parent = typer.Typer()
    parent.callback()(lambda: None)
    import_module(f"node.cli.{module}").add_to(parent)

    assert set(get_group(parent).commands) == set(cli.COMMANDS[module])


def test_no_module_of_commands_is_forgotten() -> None:
    named = {*cli.COMMANDS, *cli.GROUPS, *(one for modules in cli.GROUPS.values() for one in modules)}

    assert {one for one in MODULES if hasattr(import_module(f"node.cli.{one}"), "add_to")} <= named


@pytest.mark.parametrize("name", [*(one for names in cli.COMMANDS.values() for one in names), *cli.GROUPS])
def test_every_command_explains_itself(name: str) -> None:
    assert certmesh(name, "--help").exit_code == 0
