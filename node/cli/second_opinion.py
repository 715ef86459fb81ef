"""The second opinion in commands that verify: on where it takes seconds, `--no-second-opinion` where it would take minutes. DESIGN §7.

Disagreement of the two libraries is neither yes nor no: a loud line on stderr, its own member in JSON, and exit code 4.
"""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from trust.errors import DisagreementError
from trust.gm.second_opinion import Tally, on_every_signature

EXIT_DISAGREEMENT = 4
MAX_UNASKED = 500  # signatures; about 10 ms each
SecondOpinion = Annotated[
    bool | None,
    typer.Option(
        "--second-opinion/--no-second-opinion",
        help=f"Let a second library judge every signature too; by default up to {MAX_UNASKED} of them.",
        show_default=False,
    ),
]


@dataclass(frozen=True, slots=True)
class Opinion:
    """What became of the second opinion, once the work is done."""

    tally: Tally | None

    def as_dict(self) -> dict[str, Any]:
        """The member `second_opinion` of a command's JSON."""
        if self.tally is None:
            return {"asked": False, "signatures": 0, "too_long": 0, "agrees": None}
        return {
            "asked": True,
            "signatures": self.tally.seconded,
            "too_long": self.tally.too_long,
            "agrees": True,
        }

    def zh(self) -> str:
        """The same in Chinese, for the page a clerk files."""
        if self.tally is None:
            return "仅由libcrypto核验签名，未请第二套密码库复核"
        more = f"；另有{self.tally.too_long}份消息过长，仅由libcrypto核验" if self.tally.too_long else ""
        return f"libcrypto与gmssl两套密码库各自核验{self.tally.seconded}个签名，结论一致{more}"

    def line(self) -> str:
        """The same for people."""
        if self.tally is None:
            return "second opinion: not asked (--second-opinion asks for it)"
        more = f"; {self.tally.too_long} messages were too long for it" if self.tally.too_long else ""
        return f"second opinion: gmssl agrees on {self.tally.seconded} signatures{more}"


@contextmanager
def second_opinion(wanted: bool | None, *, signatures: int = 0, as_json: bool) -> Iterator[Opinion]:
    """Within it every signature is judged by both libraries; `signatures` is about how many there are, for the default.

    Raises:
        typer.Exit: with code 4: the two disagree.
    """
    if not (signatures <= MAX_UNASKED if wanted is None else wanted):
        yield Opinion(None)
        return
    try:
        with on_every_signature() as tally:
            yield Opinion(tally)
    except DisagreementError as error:
        disagree(error, as_json=as_json)
        raise typer.Exit(EXIT_DISAGREEMENT) from error


def disagree(error: DisagreementError, *, as_json: bool) -> None:
    """Say it so that nobody misses it."""
    if as_json:
        print(json.dumps({"ok": False, "second_opinion": {"asked": True, "agrees": False, "detail": str(error)}}))
    print(f"ALARM ALARM ALARM: two libraries judge one signature differently: {error}", file=sys.stderr)
