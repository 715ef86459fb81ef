"""The application and the verdict that a use rests on, by the entries of both sides: how they fit together. Clause 7.

The application may have come alone or with a search; then the search's entries show it. All of them were proven before (`logs`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from federation.proof_bundle.flaw import FlawError
from federation.proof_bundle.logs import Proven
from federation.proof_bundle.parts import Manifest
from federation.proof_bundle.story import only


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
