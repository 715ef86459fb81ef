"""The application and the verdict that a use rests on, by the entries of both sides: how they fit together. Clause 7.

The application may have come alone or with a search; then the search's entries show it. All of them were proven before (`logs`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from federation.proof_bundle.flaw import FlawError
from federation.proof_bundle.logs import Proven
from federation.proof_bundle.parts import Manifest
from federation.proof_bundle.story import Use, only, same

_MATTER = ("org", "item", "line", "line_version", "consent")
_TYPES = frozenset({"APPLY", "VERIFY", "SEARCH"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """The entries of the application and the verdict that the use rests on. For a province's own all are one, or two."""

    asked: Proven
    decided: Proven
    answered: Proven | None

    def first(self, name: str) -> str:
        """A member of the provider's entry, or else of the consumer's."""
        return self.decided.word(name) or self.asked.word(name)


def admission_of(entries: Sequence[Proven], manifest: Manifest) -> Admission | None:
    """The application and the verdict; None where the bundle has no entry of either.

    Raises:
        FlawError: an entry is missing, or they do not fit together.
    """
    mine = [one for one in entries if one.word("exchange") != manifest.exchange or one.word("step") == "decided"]
    mine = [one for one in mine if one.word("apply") == manifest.apply_id]
    mine.sort(
        key=lambda one: (one.word("type") != "VERIFY", one.index)
    )  # an answer to a search says less of the verdict
    if not mine:
        return None
    if manifest.consumer == manifest.provider:
        decided = only(
            mine, manifest.consumer, "核验条目", lambda one: (one.word("type"), one.word("step")) == ("VERIFY", "own")
        )
        same = [one for one in mine if one.word("exchange") == decided.word("exchange") and one.word("step") == "asked"]
        return Admission(asked=same[0] if same else decided, decided=decided, answered=None)
    decided = only(mine, manifest.provider, "提供省的核验条目", lambda one: _decides(one, manifest.consumer))
    digest = decided.word("request")
    asked = only(
        mine,
        manifest.consumer,
        "用证省的申请条目",
        lambda one: (
            one.word("step") == "asked"
            and one.sent("SubmitRequest", "SearchRequest") == digest
            and manifest.provider in one.members.get("peers", ())
        ),
    )
    if asked.bound("application") != decided.bound("application"):
        raise FlawError(decided.part, "双方条目所指的申请不同", "the two sides' entries bind different applications")
    _alike(asked, decided)
    answered = only(
        mine,
        manifest.consumer,
        "用证省所记的核验结果",
        lambda one: (
            (one.word("type"), one.word("step")) == ("APPLY", "answered")
            and one.word("exchange") == decided.word("exchange")
            and _outcome(one, manifest.provider).get("binds", {}).get("verdict") == decided.bound("verdict")
        ),
    )
    return Admission(asked=asked, decided=decided, answered=answered)


def check_foreign(entries: Sequence[Proven], manifest: Manifest, use: Use, admission: Admission | None) -> None:
    """Every entry is of this use, or of the exchange in which its application was passed: nothing else can be shown as evidence of it.

    Raises:
        FlawError: one is not.
    """
    sides = {manifest.consumer: manifest.provider, manifest.provider: manifest.consumer}
    for one in entries:
        of_use = (one.word("type"), one.word("exchange")) == ("RETRIEVE", manifest.exchange)
        exchange = "" if admission is None else admission.decided.word("exchange")
        of_admission = (one.word("apply"), one.word("exchange")) == (manifest.apply_id, exchange)
        with_peer = one.word("peer") in {"", sides.get(one.province)}
        if not with_peer or not (of_use or (of_admission and one.word("type") in _TYPES)):
            raise FlawError(one.part, "存证条目与本次用证无关", f"an entry of something else than {use.asked.part}")


def check_matter(admission: Admission, use: Use) -> None:
    """The provider handed out for the unit and the matter that it had passed.

    Raises:
        FlawError: it did not.
    """
    same((admission.asked, admission.decided, use.answered), ("org", "item"))


def _alike(asked: Proven, decided: Proven) -> None:
    """What the two sides say of an application, they say alike.

    A search with it, and asking again, bind it and say nothing else of it; the entry that says something is not silent on the rest.

    Raises:
        FlawError: they do not.
    """
    if not any(asked.members.get(name) for name in _MATTER):
        return
    for name in _MATTER:
        if (asked.members.get(name) or "") != (decided.members.get(name) or ""):
            raise FlawError(decided.part, f"双方条目的“{name}”不同", f"the two sides' entries differ in {name}")
    if not _types(decided) <= _types(asked):
        raise FlawError(
            decided.part, "核验的证照类型超出申请", "passed for types of certificates that were not asked for"
        )


def _types(one: Proven) -> set[str]:
    types = one.members.get("types")
    return set(map(str, types)) if isinstance(types, list) else set()


def _decides(one: Proven, consumer: str) -> bool:
    steps = {"VERIFY": {"answered", "decided"}, "SEARCH": {"answered"}}
    decided = one.word("step") in steps.get(one.word("type"), set()) and one.word("peer") == consumer
    return decided and one.word("result") == "PASS" and bool(one.bound("verdict"))


def _outcome(one: Proven, province: str) -> dict[str, Any]:
    """What an entry says came of a province."""
    outcomes = one.members.get("outcomes")
    listed = outcomes if isinstance(outcomes, list) else []
    found = (each for each in listed if isinstance(each, dict) and each.get("province") == province)
    outcome = next(found, {})
    return outcome if isinstance(outcome.get("binds", {}), dict) else {}
