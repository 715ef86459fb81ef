"""One finding, and what many of them come to. Exit codes: 0 nothing worse than a notice · 1 a warning · 3 critical; 2 is wrong usage."""

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


class State(enum.StrEnum):
    """How bad it is."""

    OK = "ok"
    NOTICE = "notice"
    WARNING = "warning"
    CRITICAL = "critical"

    @property
    def weight(self) -> int:
        """For sorting: 0 is OK."""
        return tuple(State).index(self)


class Owner(enum.StrEnum):
    """Who has to act."""

    OPERATOR = "operator"  # of this node
    SYSTEM = "system administrator"
    CA = "certificate authority"
    PEER = "peer"
    NETWORK = "network"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What was found by which check, why it matters, what to do, and who. `why` and `todo` are "" where all is well.

    No personal data and no secrets: names of files, keys of the configuration, provinces, dates and counts.
    """

    check: str
    state: State
    what: str
    why: str = ""
    todo: str = ""
    owner: Owner = Owner.OPERATOR

    def as_dict(self) -> dict[str, Any]:
        """The shape of `--json`."""
        return {
            "check": self.check,
            "state": self.state.value,
            "what": self.what,
            "why": self.why,
            "what_to_do": self.todo,
            "owner": self.owner.value,
        }


def worst(findings: Iterable[Finding]) -> State:
    """The worst state among them; OK where there are none."""
    return max((one.state for one in findings), key=lambda state: state.weight, default=State.OK)


def exit_code(state: State) -> int:
    """The process's exit code."""
    return {State.OK: 0, State.NOTICE: 0, State.WARNING: 1, State.CRITICAL: 3}[state]
