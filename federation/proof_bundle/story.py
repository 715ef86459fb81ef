"""How the entries of both sides of a use fit together: the question, the answer to it, and that it came.

Each side's entry names the digest of the same message, so neither can be of another exchange (DESIGN §6.6). A province that used its own
certificate has one entry where two sides have three. All of them were proven before (`logs`).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from federation.proof_bundle.flaw import FlawError
from federation.proof_bundle.logs import Proven
from federation.proof_bundle.parts import Manifest

_QUESTIONS = ("FileRequest", "DataRequest", "VerifyRequest")
_ANSWERS = ("FileHead", "DataAnswer", "VerifyAnswer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """The entries of one retrieval. For a province's own use all are the one entry it has.

    `answered` says what was answered, `delivered` is of the message that brought it (another one where it was repeated), `came` is what the
    consumer noted of that.
    """

    asked: Proven
    answered: Proven
    delivered: Proven
    came: Proven

    @property
    def own(self) -> bool:
        """Whether it is a province's use of its own certificate: then its one entry is all there is, and nobody else's bears it out."""
        return self.asked is self.answered

    @property
    def zh_entries(self) -> str:
        """Whose entries speak of it."""
        if self.not_taken:
            return "提供省（市）的条目"
        return "该省（市）自己的条目" if self.own else "双方条目"

    @property
    def en_entries(self) -> str:
        """Whose entries speak of it."""
        if self.not_taken:
            return "the provider's entry"
        return "the province's own entry" if self.own else "both entries"

    @property
    def received(self) -> Proven | None:
        """The consumer's entry that it has what was handed out; None after a refusal of either side."""
        return None if self.refusal or self.not_taken else self.came

    @property
    def refusal(self) -> str:
        """Why the provider refused; "" where it did not."""
        return _refusal(self.answered.members)

    @property
    def not_taken(self) -> str:
        """Why the consumer did not take what the provider had handed out; "" where it did, or nothing was."""
        return "" if self.refusal or self.came.word("step") != "refused" else _refusal(self.came.members) or "UNKNOWN"

    @property
    def sides(self) -> tuple[Proven, ...]:
        """The entries that say what was handed out: the provider's and the consumer's."""
        return (self.answered,) if self.received in (None, self.answered) else (self.answered, self.received)


def use_of(entries: Sequence[Proven], manifest: Manifest) -> Use:
    """The retrieval that the bundle is about.

    Raises:
        FlawError: an entry is missing, or they do not fit together.
    """
    mine = [one for one in entries if one.word("exchange") == manifest.exchange and one.word("type") == "RETRIEVE"]
    if manifest.consumer == manifest.provider:
        own = only(mine, manifest.consumer, "用证省自己的用证条目", lambda one: one.word("step") == "own")
        return _under(manifest, Use(asked=own, answered=own, delivered=own, came=own))
    answers = _answers(mine, manifest)
    for step in ("received", "refused"):
        for delivered in reversed(answers):
            asked, came = _around(mine, manifest, delivered, step)
            if asked is not None and came is not None:
                use = Use(asked=asked, answered=_statement(answers, delivered), delivered=delivered, came=came)
                return _under(manifest, _fitting(use))
    raise FlawError(
        "", "双方条目对不上：没有同一次请求、应答与接收", "no question, answer and arrival here fit together"
    )


def _answers(mine: Sequence[Proven], manifest: Manifest) -> list[Proven]:
    """The provider's entries of its answers, in the order of its log.

    Raises:
        FlawError: there is none.
    """
    theirs = [one for one in mine if one.province == manifest.provider and one.word("step") == "answered"]
    answers = sorted((one for one in theirs if one.word("peer") == manifest.consumer), key=lambda one: one.index)
    if not answers:
        raise FlawError(
            "", f"缺少提供省的应答条目（{manifest.provider}）", f"no entry of an answer of {manifest.provider}"
        )
    return answers


def _around(
    mine: Sequence[Proven], manifest: Manifest, delivered: Proven, step: str
) -> tuple[Proven | None, Proven | None]:
    """The consumer's entries of the question to an answer, and of what came of it."""
    question, answer = delivered.word("request"), delivered.sent(*_ANSWERS)
    own = [one for one in mine if one.province == manifest.consumer and one.word("peer") == manifest.provider]
    asked = (one for one in own if question and one.sent(*_QUESTIONS) == question)
    came = (one for one in own if one.word("step") == step and answer and one.word("answer") == answer)
    return next(asked, None), next(came, None)


def _statement(answers: Sequence[Proven], delivered: Proven) -> Proven:
    """The provider's entry that says what was answered: a repeated answer refers to the one before it.

    Raises:
        FlawError: it is not here.
    """
    said = [one for one in answers if one.index <= delivered.index and one.members.get("repeated") is not True]
    if not said:
        raise FlawError(delivered.part, "缺少该应答的首次条目", "the first answer that this one repeats is missing")
    return said[-1]


def _under(manifest: Manifest, use: Use) -> Use:
    """The use, which is one under the application of the manifest by every entry of it.

    Raises:
        FlawError: it is one under another.
    """
    for one in (use.asked, use.answered, use.came):
        if one.word("apply") != manifest.apply_id:
            raise FlawError(one.part, "用证条目属于另一申请", "the use was made under another application")
    return use


def _fitting(use: Use) -> Use:
    """The use, of which both sides say the same. What they found of the issuer's seal is each side's own judgement.

    Raises:
        FlawError: they say different things.
    """
    answered, came = use.answered, use.came
    same((use.asked, answered, came), ("apply", "certificate", "output"))
    if came.word("step") != "received":
        return use
    if use.refusal:
        raise FlawError(came.part, "提供省未予提供，而用证省记为收到", "received what the provider refused")
    if came.members.get("result") != answered.members.get("result"):
        raise FlawError(came.part, "双方条目所记比对结果不同", "the entries name different results")
    if came.word("original") != answered.word("original"):
        raise FlawError(came.part, "双方条目所记原件不同", "the entries name different originals")
    return use


def only(entries: Iterable[Proven], province: str, zh: str, fits: Callable[[Proven], bool]) -> Proven:
    """The first entry of a province's log that fits; a repeated message has several, which say the same.

    Raises:
        FlawError: none does.
    """
    for one in entries:
        if one.province == province and fits(one):
            return one
    raise FlawError("", f"缺少{zh}（{province}）", f"no entry of {province} is here that fits the others")


def same(entries: Sequence[Proven], names: Iterable[str]) -> None:
    """What several entries say, they say alike; one that compares what was presented may name no certificate.

    Raises:
        FlawError: they do not.
    """
    for name in names:
        said = [one for one in entries if one.word(name)]
        for one in said[1:]:
            if one.word(name) != said[0].word(name):
                raise FlawError(one.part, f"双方条目的“{name}”不同", f"the entries differ in {name}")


def _refusal(members: Any) -> str:
    refusal = members.get("refusal")
    return str(refusal.get("reason", "UNKNOWN")) if isinstance(refusal, dict) else ""
