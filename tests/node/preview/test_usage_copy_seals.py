"""A usage copy shows a seal that is an OFD as its original does: the same ink in the same places, under the watermark."""

import io
from datetime import date

import pytest
from PIL import Image

from node.library.demo.seal_picture import seal_picture
from node.preview.limits import Limits
from node.preview.page import draw_page
from node.preview.raster import to_png
from tests.trust.ofd.signatures.makers import Entries, changed
from tests.trust.ofd.usage_copy.makers import copied
from tests.trust.ofd.usage_copy.seal_files import original
from trust.ofd.signatures import write_package

SEAL = seal_picture("样例省自然资源厅", date(2024, 5, 1))
BOX = (40, 80, 280, 200)  # pixels of the page around a stamp of 60 x 30 mm at 10, 20
SURE = 60  # how much redder than green ink is, whatever lies over it


def _clipped(clip: str) -> Entries:
    name = "Doc_0/Signs/Sign_0/Signature.xml"
    return changed(original(SEAL), name, b"<ofd:StampAnnot ", f'<ofd:StampAnnot Clip="{clip}" '.encode())


def _ink(file: bytes) -> list[bool]:
    """Which pixels around the stamp are red."""
    drawing = draw_page(file)
    with Image.open(io.BytesIO(to_png(drawing, dots_per_inch=100, limits=Limits()))) as image:
        pixels = image.convert("RGB").crop(BOX)
    red, green, _ = pixels.split()
    return [one - other > SURE for one, other in zip(red.tobytes(), green.tobytes(), strict=True)]


@pytest.mark.parametrize(
    "entries",
    [
        pytest.param(original(SEAL), id="a whole seal, stretched"),
        pytest.param(_clipped("0 0 20 30"), id="the first third of a riding seal"),
        pytest.param(_clipped("40 0 20 30"), id="its last third"),
    ],
)
def test_the_ink_of_a_seal_is_where_it_was(entries: Entries) -> None:
    before, after = _ink(write_package(entries)), _ink(copied(entries))
    differing = sum(one != other for one, other in zip(before, after, strict=True))

    assert sum(before) > 300
    assert differing < sum(before) / 20  # where the watermark crosses the ink
