"""Lists as TOML: [[types]] of a catalogue, [[lines]] of a use list, [[decisions]]. Read only: the form for founding lists."""

import tomllib
from datetime import date, datetime
from typing import Any

from federation.model.uselist import utc_text
from node.library.dates import CHINA
from node.lists.sheet import MAX_ROWS, UnreadableError
from node.ports.lists import Kind

MAX_TOML_BYTES = 4 * 1024 * 1024
MAX_DOTS = 200  # in a line: the parser's time grows with the square of a key's parts
TABLES = {Kind.CATALOGUE: "types", Kind.USELIST: "lines", Kind.DECISIONS: "decisions"}


def read_toml(data: bytes, kind: Kind) -> list[dict[str, Any]]:
    """The entries of a TOML file; days and times (those without an offset: Beijing time) become the texts that entries have.

    Raises:
        UnreadableError: not TOML, too large for it, or other tables than the kind's.
    """
    if len(data) > MAX_TOML_BYTES:
        limit = MAX_TOML_BYTES >> 20
        raise UnreadableError(f"larger than {limit} MiB; use CSV or XLSX", f"超过{limit} MiB，请改用CSV或XLSX文件")
    try:
        raw = tomllib.loads(_bounded(data.decode("utf-8")))
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise UnreadableError(f"not TOML: {error}; correct it", f"不是有效的TOML文件（{error}），请更正") from error
    name = TABLES[kind]
    tables = raw.get(name, [])
    if set(raw) - {name} or not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise UnreadableError(
            f"holds [[{name}]] tables and nothing else; remove the rest", f"只能包含 [[{name}]] 表，请删除其他内容"
        )
    if len(tables) > MAX_ROWS:
        raise UnreadableError(f"more than {MAX_ROWS} entries; divide the file", f"超过{MAX_ROWS}条，请拆分文件")
    return [{key: _plain(value) for key, value in table.items()} for table in tables]


def _bounded(text: str) -> str:
    if any(line.count(".") > MAX_DOTS for line in text.split("\n")):
        raise ValueError(f"a line has more than {MAX_DOTS} dots")
    return text


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return utc_text(value if value.tzinfo else value.replace(tzinfo=CHINA))
    return value.isoformat() if isinstance(value, date) else value
