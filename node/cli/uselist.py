"""`certmesh uselist …`: who may use what for which matter, from draft to withdrawal, through the running node. Clause 9."""

import typer

from node.cli.lists_drafts import add_editing
from node.cli.lists_read import add_reading, add_validate
from node.cli.lists_steps import add_marks, add_steps
from node.ports.lists import Kind

app = typer.Typer(no_args_is_help=True, help="The use list (用证清单): read, draft, review, publish, withdraw, decide.")
add_reading(app, Kind.USELIST)
add_validate(app, Kind.USELIST)
add_editing(app, Kind.USELIST)
add_steps(app, Kind.USELIST)
add_marks(app, Kind.USELIST)
