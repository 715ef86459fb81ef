"""`certmesh catalogue …`: the certificate types this province shares, from draft to withdrawal, through the running node. Clause 6."""

import typer

from node.cli.lists_drafts import add_editing
from node.cli.lists_read import add_reading, add_validate
from node.cli.lists_steps import add_marks, add_steps
from node.ports.lists import Kind

app = typer.Typer(no_args_is_help=True, help="The catalogue (证照目录): read, draft, review, publish, withdraw.")
add_reading(app, Kind.CATALOGUE)
add_validate(app, Kind.CATALOGUE)
add_editing(app, Kind.CATALOGUE)
add_steps(app, Kind.CATALOGUE)
add_marks(app, Kind.CATALOGUE)
