"""Every page of every real file is drawn, with one glyph for each character that an independent reader finds on it."""

import re
from pathlib import Path

import ofdkit
import pytest

from node.preview.page import Drawing, draw_page
from tests.node.preview import samples

OFD = Path(__file__).parents[4] / "shared" / "data" / "ofd"
FILES = sorted(OFD.glob("*.ofd"))
PAGES = {
    "conf-6.2.003-relative": 2,
    "seal-gmt0031-test-bad": 2,
    "seal-v4-riding": 5,
    "inv-cq-test-5pages": 5,
    "plain-text-2p": 2,
}
SEALS = {("inv-cq-test-5pages", 0): "全国统一发票监制章国家税务总局重庆市税务局"}
"""The text of a page's seal, which is an OFD inside the seal: the independent reader does not look there."""

pytestmark = pytest.mark.skipif(not FILES, reason="the real OFD files are not beside this checkout")


def _texts(file: Path) -> list[str]:
    """What stands on each page, without blanks, by ofdkit, and what its seal says."""
    with ofdkit.open(file) as document:
        return [
            "".join("".join(run.text.split()) for run in page.runs) + SEALS.get((file.stem, place), "")
            for place, page in enumerate(document.pages)
        ]


@pytest.fixture(scope="module")
def fonts(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ...]:
    """A font that holds every character of every file, so that the machine's fonts do not matter."""
    path = tmp_path_factory.mktemp("fonts") / "all.ttf"
    path.write_bytes(samples.font({char for file in FILES for text in _texts(file) for char in text}))
    return (path,)


def _glyphs(drawing: Drawing) -> int:
    outlines = set(re.findall(r'<path id="(\w+)"', drawing.svg))
    return sum(name in outlines for name in re.findall(r'<use href="#(\w+)"', drawing.svg))


@pytest.mark.parametrize("file", [pytest.param(file, id=file.stem) for file in FILES])
def test_each_character_of_a_page_is_a_glyph_and_nothing_is_left_out(file: Path, fonts: tuple[Path, ...]) -> None:
    texts = _texts(file)
    drawings = [draw_page(file.read_bytes(), page=page + 1, fonts=fonts) for page in range(len(texts))]

    assert [len(text) for text in texts] == [_glyphs(drawing) for drawing in drawings]
    assert [()] * len(texts) == [drawing.notes for drawing in drawings]
    assert {PAGES.get(file.stem, 1)} == {drawing.pages for drawing in drawings}


def test_a_riding_seal_shows_a_fifth_on_each_page() -> None:
    data = (OFD / "seal-v4-riding.ofd").read_bytes()
    drawings = [draw_page(data, page=page) for page in range(1, 6)]

    for place, drawing in enumerate(drawings):
        assert f"M{8 * place} 0L{8 * place + 8} 0L{8 * place + 8} 40L{8 * place} 40Z" in drawing.svg
        assert drawing.svg.count("mix-blend-mode:multiply") == 1


@pytest.mark.parametrize(
    ("name", "box"),
    [
        ("zz-caikuang-xukezheng", (0, 0, 419.9996, 295.0002)),
        ("zz-yongdi-yushen-xuanzhi-yijianshu", (0, 0, 369.3583, 258.9389)),
    ],
)
def test_a_certificate_shows_its_background_and_the_watermark_of_its_platform(
    name: str, box: tuple[float, ...], fonts: tuple[Path, ...]
) -> None:
    drawing = draw_page((OFD / f"{name}.ofd").read_bytes(), fonts=fonts)

    assert box == drawing.area
    assert drawing.svg.count("<image ") >= 2
    assert 'opacity="0.8823529"' in drawing.svg  # the QR code of the annotation: Alpha 225
