"""Whom an entry is about: using unit, item, line and line system of the application that it belongs to. Clause 8.5.

An entry names its application, or its exchange does: a download names the retrieval, a retrieval the application, the application the
unit. A log stands in causal order, so what an entry refers to was read before it. Keeps about 300 bytes for each application read. Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What is known of an entry's application; "" where nothing is. `about` says that it is about the person asked for."""

    apply: str = ""
    org: str = ""
    item: str = ""
    line: str = ""
    app: str = ""
    about: bool = False


_MEMBERS = ("org", "item", "line", "app")


class Threads:
    """Follows the threads through one log, entry by entry, in order."""

    def __init__(self, units: Mapping[str, str]) -> None:
        """`units` gives the using unit of each line system of this node, by its id."""
        self._units = units
        self._applications: dict[str, Context] = {}
        self._exchanges: dict[str, str] = {}

    def follow(self, entry: Mapping[str, Any], *, about: bool) -> Context:
        """Take an entry up and say whom it is about; `about`: the entry itself names the person asked for."""
        apply_id = entry.get("apply") or self._exchanges.get(entry.get("use") or entry["exchange"], "")
        before = self._applications.get(apply_id, Context(apply=apply_id))
        said = {name: entry[name] for name in _MEMBERS if isinstance(entry.get(name), str)}
        if "org" not in said and not before.org and said.get("app") in self._units:
            said["org"] = self._units[said["app"]]
        known = replace(before, **said, about=before.about or about)
        if apply_id:
            if known != before:
                self._applications[apply_id] = known
            if entry["exchange"]:  # an alarm belongs to none
                self._exchanges.setdefault(entry["exchange"], apply_id)
        return known
