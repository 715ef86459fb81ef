"""`certmesh ofd preview`: a page of an OFD file as SVG, PNG or PDF, for people's eyes. It judges no signature."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer

from node.preview.render import Format, render_page


def add_to(app: typer.Typer) -> None:
    """Add the command to the `ofd` group."""
    app.command()(preview)


def preview(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The OFD file.", show_default=False)],
    out: Annotated[Path, typer.Option(help="Where to write the picture.", show_default=False)],
    *,
    page: Annotated[int, typer.Option(min=1, help="Which page, counted from 1.")] = 1,
    form: Annotated[Format, typer.Option("--format", help="What to write.")] = Format.PNG,
    watermark: Annotated[str, typer.Option(help="Text to lay over the page; several lines are allowed.")] = "",
    dpi: Annotated[int, typer.Option(min=18, max=600, help="Dots per inch of a PNG.")] = 150,
    font: Annotated[list[Path] | None, typer.Option(help="A font, or a folder of fonts, to try first.")] = None,
) -> None:
    """Draw one page. What the picture lacks, such as a font, is said on stderr."""
    drawn = asyncio.run(
        render_page(
            file.read_bytes(),
            page=page,
            form=form,
            watermark=watermark,
            dots_per_inch=dpi,
            fonts=tuple(font or ()),
        )
    )
    out.write_bytes(drawn.data)
    for note in drawn.notes:
        print(f"note: {note}", file=sys.stderr)
    print(f"{out}: page {page} of {drawn.pages}, {drawn.width:g} x {drawn.height:g} mm")
