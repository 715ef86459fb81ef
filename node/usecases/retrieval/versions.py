"""Which of several certificates of one number is meant: a re-issued one keeps its number, and the newest version stands for all. Pure.

No look-up here, and no judging: two that are no versions of one another stay two. REQUIREMENTS 8.3, S8.
"""

from collections.abc import Sequence
from typing import Protocol, TypeVar


class _Versioned(Protocol):
    """What tells a version from another."""

    @property
    def identifier(self) -> str: ...
    @property
    def superseded_by(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def issuer_code(self) -> str: ...


V = TypeVar("V", bound=_Versioned)


def current(rows: Sequence[V]) -> list[V]:
    """Those of one number and type that no other of them supersedes.

    A superseded one may not say by which: then another of its issuer that is not superseded stands for it. Where they only point at one
    another, all are left.
    """
    others = {one.identifier for one in rows}
    ends = [one for one in rows if one.superseded_by not in others - {one.identifier}]
    renewed = {one.issuer_code for one in ends if not _is_old(one)}
    return [one for one in ends if not (_is_old(one) and one.issuer_code in renewed)] or list(rows)


def _is_old(one: _Versioned) -> bool:
    return one.status == "SUPERSEDED"
