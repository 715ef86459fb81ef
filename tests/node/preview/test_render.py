"""The child process: its three forms, its end at the deadline, and the refusals it carries back."""

import io
from pathlib import Path

import pytest
import typer
from PIL import Image
from typer.testing import CliRunner

from node.cli import ofd_preview
from node.preview.limits import LimitError, Limits
from node.preview.page import draw_page
from node.preview.pdf import to_pdf
from node.preview.raster import to_png
from node.preview.render import Format, render_page
from tests.node.preview import samples
from tests.node.preview.samples import package
from trust.errors import DocumentError

RED = (
    "<o:PathObject Boundary='50 0 50 50' Fill='true' Stroke='false'><o:FillColor Value='255 0 0' Alpha='128'/>"
    "<o:AbbreviatedData>M 0 0 L 50 0 L 50 50 L 0 50 C</o:AbbreviatedData></o:PathObject>"
)
SHADED = RED.replace(
    "<o:FillColor Value='255 0 0' Alpha='128'/>",
    "<o:FillColor><o:AxialShd StartPoint='0 0' EndPoint='50 0'><o:Segment><o:Color Value='0 0 0'/></o:Segment>"
    "<o:Segment><o:Color Value='9 9 9'/></o:Segment></o:AxialShd></o:FillColor>",
)


async def test_a_page_becomes_a_png_of_its_size() -> None:
    drawn = await render_page(package(RED), form=Format.PNG, dots_per_inch=254)
    image = Image.open(io.BytesIO(drawn.data)).convert("RGB")

    assert image.size == (1000, 500)
    assert (image.getpixel((100, 250)), image.getpixel((900, 250))) == ((255, 255, 255), (255, 127, 127))
    assert (drawn.pages, drawn.width, drawn.height, drawn.notes) == (1, 100, 50, ())


@pytest.mark.parametrize(("form", "start"), [(Format.SVG, b"<svg "), (Format.PDF, b"%PDF-")])
async def test_a_page_becomes_other_forms(form: Format, start: bytes) -> None:
    drawn = await render_page(package(RED), form=form)

    assert drawn.data.startswith(start)


async def test_a_refusal_comes_back_from_the_child() -> None:
    with pytest.raises(DocumentError, match="not a zip file"):
        await render_page(b"nothing")


@pytest.mark.parametrize(
    "limits",
    [
        pytest.param(Limits(seconds=0.05), id="time"),
        pytest.param(Limits(memory=32 * 1024 * 1024), id="memory"),
    ],
)
async def test_a_child_without_room_is_ended(limits: Limits) -> None:
    with pytest.raises(LimitError):
        await render_page(package(RED), limits=limits)


def test_a_large_page_is_drawn_at_a_lower_resolution() -> None:
    limits = Limits(output_pixels=20_000)
    png = to_png(draw_page(package(RED)), dots_per_inch=600, limits=limits)

    assert Image.open(io.BytesIO(png)).size == (200, 100)


@pytest.mark.parametrize("content", [pytest.param(RED, id="half transparent"), pytest.param(SHADED, id="shaded")])
def test_a_pdf_has_the_size_of_the_page(content: str) -> None:
    pdf = to_pdf(draw_page(package(content), watermark="ABC"))

    assert b"/MediaBox [ 0 0 283.4646 141.7323 ]" in pdf


def test_the_command_writes_the_page_and_says_what_it_lacks(tmp_path: Path) -> None:
    (tmp_path / "in.ofd").write_bytes(package(RED))
    app = typer.Typer()
    app.callback()(lambda: None)
    ofd_preview.add_to(app)
    arguments = ["preview", str(tmp_path / "in.ofd"), "--out", str(tmp_path / "out.svg"), "--format", "svg"]
    result = CliRunner().invoke(app, [*arguments, "--watermark", "\U00030000"])

    assert result.exit_code == 0
    assert "page 1 of 1, 100 x 50 mm" in result.stdout
    assert "缺少中文字体" in result.stderr
    assert (tmp_path / "out.svg").read_text().startswith("<svg ")


def test_a_made_font_has_the_square_the_tests_count_on() -> None:
    drawing = draw_page(
        package(
            "<o:TextObject Boundary='0 0 9 9' Font='1' Size='3'><o:TextCode X='0' Y='0'>A</o:TextCode></o:TextObject>",
            common=samples.RESOURCES,
            files={
                **samples.resources(
                    "<o:Fonts><o:Font ID='1' FontName='F'><o:FontFile>f.ttf</o:FontFile></o:Font></o:Fonts>"
                ),
                "Doc_0/Res/f.ttf": samples.font("A"),
            },
        )
    )

    assert samples.SQUARE in drawing.svg
    assert to_pdf(drawing).startswith(b"%PDF-")
