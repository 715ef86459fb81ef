"""Where the tiles of a watermark stand: all of the grid that reaches into the page, and nothing else."""

import math

from hypothesis import given
from hypothesis import strategies as st

from tests.trust.ofd.usage_copy.makers import TERMS
from trust.ofd.usage_copy.boxes import Box, numbers
from trust.ofd.usage_copy.watermark import _places, _touches, _turned, broken, ems, make_tile

SIDES = st.floats(15, 600)


@given(SIDES, SIDES, st.floats(8, 120), st.floats(4, 60))
def test_every_tile_of_the_grid_that_reaches_into_the_page_is_there_once(
    across: float, down: float, width: float, height: float
) -> None:
    page, gap = Box(0.0, 0.0, across, down), 3.0
    reach = math.ceil(2 * (math.hypot(across, down) + width + height) / min(width + gap, height + gap))
    expected = set()
    for row in range(-reach, reach + 1):
        for column in range(-reach, reach + 1) if reach < 80 else ():
            left, top = (column + row % 2 / 2) * (width + gap), row * (height + gap)
            outline = [_turned(left + right, top + low) for right in (0.0, width) for low in (0.0, height)]
            if _touches(outline, page):
                expected.add(numbers(*outline[0]))
    found = [numbers(*place) for place in _places(page, width, height, gap)]

    assert len(found) == len(set(found))
    assert found
    assert reach >= 80 or set(found) == expected


@given(st.text(max_size=300), st.floats(1, 60))
def test_lines_lose_no_character_and_are_no_longer_than_they_may_be(text: str, room: float) -> None:
    lines = list(broken(text, room))

    assert "".join(lines) == text
    assert all(ems(line) <= room for line in lines)


def test_a_tile_is_broader_than_high() -> None:
    tile = make_tile(TERMS)

    assert tile.width > len(tile.lines)
    assert tile.lines[0] == "加注件"
