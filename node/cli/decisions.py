"""`certmesh decisions …`: our decisions on the lines of others, after `certmesh uselist decide`: review and publish. Clause 9."""

import typer

from node.cli.lists_read import add_reading
from node.cli.lists_steps import add_steps
from node.ports.lists import Kind

app = typer.Typer(
    no_args_is_help=True, help="Decisions (供证方审定): read, review, publish what `uselist decide` drafted."
)
add_reading(app, Kind.DECISIONS)
add_steps(app, Kind.DECISIONS)
