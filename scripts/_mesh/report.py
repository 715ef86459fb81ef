"""What a run found: one table per step with its time, the checks made in it, and the result as one JSON object. Decides nothing itself."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.table import Table

from node.library.invented import PROVINCES


def named(province: str) -> str:
    """A province as people read it."""
    return f"{PROVINCES[province]} {province}"


@dataclass(slots=True, kw_only=True)
class Result:
    """What `--json` prints, filled step by step; what a run did not come to keeps its empty value."""

    nodes: dict[str, dict[str, Any]] = field(
        default_factory=lambda: {
            code: {
                "province": code,
                "catalogue_version": 0,
                "uselist_version": 0,
                "decisions_version": 0,
                "evidence": {"size": 0, "root": "", "verified": False},
            }
            for code in PROVINCES
        }
    )
    search: dict[str, Any] = field(
        default_factory=lambda: {"verdict": "", "outcomes": [], "items": [], "elapsed_ms": 0}
    )
    retrieved: list[dict[str, Any]] = field(default_factory=list)
    notices: dict[str, int] = field(default_factory=lambda: {"sent": 0, "delivered": 0, "dead": 0})

    def to_dict(self, *, ok: bool) -> dict[str, Any]:
        """The object, its keys in the order of the issue."""
        return {
            "ok": ok,
            "nodes": list(self.nodes.values()),
            "search": self.search,
            "retrieved": self.retrieved,
            "notices": self.notices,
        }


class Report:
    """Prints the run as it goes, and remembers every check."""

    def __init__(self, *, as_json: bool) -> None:
        """Print on stdout, or with `as_json` on stderr: stdout then gets the one object and nothing else."""
        self.console = Console(stderr=as_json)
        self._as_json = as_json
        self.result = Result()
        self._checks: list[tuple[str, bool]] = []
        self._start = time.monotonic()
        self._complete = False

    @property
    def ok(self) -> bool:
        """Whether the run came to its end and every check held."""
        return self._complete and all(holds for _, holds in self._checks)

    def check(self, what: str, *, holds: bool) -> None:
        """Remember whether something that must be so is so."""
        self._checks.append((what, holds))

    @contextmanager
    def step(self, title: str, *columns: str) -> Iterator[Table]:
        """One step: its rows are added in the body; then the table is printed with the step's time, and its checks under it."""
        before, start = len(self._checks), time.monotonic()
        table = Table(title_justify="left", title_style="bold")
        for column in columns:
            table.add_column(column, overflow="fold")
        try:
            yield table
        finally:
            table.title = f"{title} · {time.monotonic() - start:.2f} s"
            if table.row_count:
                self.console.print(table)
            for what, holds in self._checks[before:]:
                self.console.print(f"  {'✓' if holds else '✗'} {what}", style="green" if holds else "bold red")
            self.console.print()

    def say(self, text: str) -> None:
        """Print a text as it is, unbroken, so that it can be copied."""
        self.console.print(text, markup=False, highlight=False, soft_wrap=True)

    def verdict(self) -> None:
        """The run came to its end: print the final line, and the object."""
        self._complete = True
        self._say_verdict()
        self.print_object()

    def print_object(self) -> None:
        """Print the JSON object where one is wanted, once; also for a run that did not come to its end."""
        if self._as_json:
            print(json.dumps(self.result.to_dict(ok=self.ok), ensure_ascii=False, indent=2), flush=True)
        self._as_json = False

    def _say_verdict(self) -> None:
        failed = [what for what, holds in self._checks if not holds]
        seconds = time.monotonic() - self._start
        if failed:
            self.console.print(
                f"FAILED: {len(failed)} of {len(self._checks)} checks, in {seconds:.1f} s", style="bold red"
            )
        else:
            self.console.print(f"GOOD: all {len(self._checks)} checks held, in {seconds:.1f} s", style="bold green")
