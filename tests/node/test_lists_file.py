"""The list files: what is wrong is said with the file, the entry, the key and the fix, before anything is published."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from federation.model import catalogue, uselist
from node.errors import ConfigError
from node.lists_file import catalogue_entries, uselist_lines

TYPE = """\
[[types]]
type_code = "11100000MB03271699901"
type_name = "采矿许可证"
local_type_name = "采矿许可证"
define_authority_name = "自然资源部"
define_authority_code = "11100000MB03271699"
holder_category = "LEGAL"
holder_type_codes = ["001"]
share_modes = ["FILE", "DATA"]
file_formats = ["ofd"]
surface_schema = ["KZ_NAME"]
"""
LINE = """\
[[lines]]
use_list_id = "JS-1"
provider_provinces = ["330000"]
scene_name = "样例"
item_code = "I1"
item_name = "样例"
business_code = "B1"
use_org_code = "11320000DEMA00216X"
use_org_name = "样例"
type_codes = ["11100000MB03271699901"]
purpose = "样例"
legal_basis = "样例"
auth_mode = "DUTY"
output_modes = ["FILE"]
allowed_fields = []
app_ids = []
operator_scope = []
valid_from = 2026-01-01
valid_to = "2026-12-31"
"""
Read = Callable[[Path, str], tuple[dict[str, Any], ...]]


def write(folder: Path, text: str) -> Path:
    path = folder / "list.toml"
    path.write_text(text, encoding="utf-8")
    return path


def problem(folder: Path, read: Read, text: str) -> str:
    path = write(folder, text)
    with pytest.raises(ConfigError) as caught:
        read(path, "320000")
    return str(caught.value).removeprefix(f"{path}: ")


def test_a_catalogue_gets_its_province_and_labels(tmp_path: Path) -> None:
    (raw,) = catalogue_entries(write(tmp_path, TYPE), "320000")
    entry = catalogue.from_dict(raw)

    assert (entry.province_code, entry.catalog_id) == ("320000", "32000011100000MB03271699901")


def test_a_use_list_gets_its_province_and_its_days_as_texts(tmp_path: Path) -> None:
    (raw,) = uselist_lines(write(tmp_path, LINE), "320000")
    line = uselist.from_dict(raw)

    assert (line.consumer_province, line.valid_from, line.valid_to) == ("320000", "2026-01-01", "2026-12-31")


def test_entries_are_ordered_so_that_their_order_in_the_file_makes_no_new_version(tmp_path: Path) -> None:
    other = LINE.replace("JS-1", "JS-0")

    assert uselist_lines(write(tmp_path, LINE + other), "320000") == uselist_lines(
        write(tmp_path, other + LINE), "320000"
    )


@pytest.mark.parametrize("read", [catalogue_entries, uselist_lines])
def test_an_empty_file_is_an_empty_list(tmp_path: Path, read: Read) -> None:
    assert read(write(tmp_path, ""), "320000") == ()


@pytest.mark.parametrize("kind", ["310000", "320000", "330000", "340000"])
def test_the_sample_lists_are_good(kind: str) -> None:
    folder = Path(__file__).parents[2] / "config" / "four-provinces" / "lists"

    assert catalogue_entries(folder / f"{kind}-catalogue.toml", kind)
    assert uselist_lines(folder / f"{kind}-uselist.toml", kind) is not None


BAD_TYPES = [
    pytest.param('type_name = "采矿许可证"\n', "", "types[0].type_name: is missing; add it", id="a missing key"),
    pytest.param(
        'share_modes = ["FILE", "DATA"]',
        'share_modes = ["FILE", "DATA"]\ncolour = "red"',
        "types[0].colour: is not a known key; remove it or correct its spelling",
        id="an unknown key",
    ),
    pytest.param(
        'file_formats = ["ofd"]',
        'file_formats = ["ofd"]\nprovince_code = "310000"',
        "types[0].province_code: is not a known key; remove it or correct its spelling",
        id="a key that is the node's to say",
    ),
    pytest.param(
        '["001"]', '"001"', "types[0].holder_type_codes: is not of the right kind; write a list of texts", id="a text"
    ),
    pytest.param(
        '["001"]', "[1]", "types[0].holder_type_codes: is not of the right kind; write a list of texts", id="numbers"
    ),
    pytest.param('"LEGAL"', "1", "types[0].holder_category: is not of the right kind; write a text", id="a number"),
    pytest.param(
        '"FILE", "DATA"',
        '"FAX"',
        "types[0].share_modes: are FILE, DATA or VERIFY (a use-list line decides on originals); correct the value",
        id="a mode",
    ),
    pytest.param(
        '"FILE", "DATA"',
        '"ORIGINAL"',
        "types[0].share_modes: are FILE, DATA or VERIFY (a use-list line decides on originals); correct the value",
        id="originals",
    ),
    pytest.param("99901", "999", "types[0].type_code: has 21 characters; correct the value", id="a short type code"),
    pytest.param(
        "[[types]]", "[[typos]]", "holds [[types]] tables and nothing else; remove the rest", id="another table"
    ),
]
BAD_LINES = [
    pytest.param('item_code = "I1"\n', "", "lines[0].item_code: is missing; add it", id="a missing key"),
    pytest.param(
        '"FILE"', '"FAX"', "lines[0].output_modes: are FILE, ORIGINAL, DATA or VERIFY; correct the value", id="a mode"
    ),
    pytest.param(
        '"DUTY"', '"WHIM"', "lines[0].auth_mode: is DUTY, HOLDER or ENTRUST; correct the value", id="a ground"
    ),
    pytest.param(
        "2026-12-31",
        "2025-12-31",
        "lines[0].valid_to: is not before valid_from; correct the value",
        id="an end before the beginning",
    ),
    pytest.param(
        "2026-12-31",
        "20261231",
        "lines[0].valid_from: and valid_to are days such as 2026-01-31; correct the value",
        id="a day in another form, which compares wrongly",
    ),
    pytest.param(
        "2026-12-31",
        "2026-02-30",
        "lines[0].valid_from: and valid_to are days such as 2026-01-31; correct the value",
        id="a day that does not exist",
    ),
    pytest.param(
        "valid_from = 2026-01-01",
        "valid_from = 2026-01-01T00:00:00",
        "lines[0].valid_from: and valid_to are days such as 2026-01-31; correct the value",
        id="a time where a day belongs",
    ),
    pytest.param(
        'scene_name = "样例"',
        'scene_name = "样例"\nconsumer_province = "310000"',
        "lines[0].consumer_province: is not a known key; remove it or correct its spelling",
        id="a line of another province",
    ),
]


@pytest.mark.parametrize(("old", "new", "expected"), BAD_TYPES)
def test_a_catalogue_that_is_wrong_says_where(tmp_path: Path, old: str, new: str, expected: str) -> None:
    assert problem(tmp_path, catalogue_entries, TYPE.replace(old, new, 1)) == expected


@pytest.mark.parametrize(("old", "new", "expected"), BAD_LINES)
def test_a_use_list_that_is_wrong_says_where(tmp_path: Path, old: str, new: str, expected: str) -> None:
    assert problem(tmp_path, uselist_lines, LINE.replace(old, new, 1)) == expected


def test_the_second_entry_is_named_by_its_number(tmp_path: Path) -> None:
    second = TYPE.replace("99901", "99902").replace('"LEGAL"', "1")

    assert problem(tmp_path, catalogue_entries, TYPE + second).startswith("types[1].holder_category: ")


@pytest.mark.parametrize(
    ("read", "text", "key"), [(catalogue_entries, TYPE, "type_code"), (uselist_lines, LINE, "use_list_id")]
)
def test_an_entry_that_stands_twice_is_refused(tmp_path: Path, read: Read, text: str, key: str) -> None:
    assert problem(tmp_path, read, text + text) == f"a {key} stands twice; remove one"


@pytest.mark.parametrize("text", ["types = 7", "types = [1, 2]", 'types = "x"', "[types]\na = 1", "x = 1"])
def test_what_are_no_tables_is_refused(tmp_path: Path, text: str) -> None:
    assert problem(tmp_path, catalogue_entries, text) == "holds [[types]] tables and nothing else; remove the rest"


def test_what_is_no_toml_is_refused(tmp_path: Path) -> None:
    assert problem(tmp_path, uselist_lines, "[[lines").startswith("not TOML")
