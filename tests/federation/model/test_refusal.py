"""federation.model.refusal: every reason has a code, an owner, a sentence and a next step."""

import pytest

from federation.model.refusal import MEANINGS, Owner, Reason, Refusal, from_word

# REQUIREMENTS §4.4: 0-17 as Jiangsu uses them, 103-113 of Shandong's service, from 200 ours.
CANONICAL = {1, 2, 3, 4, 5, 11, 13, 14, 16, 17, 103, 113, 105, 106, 107, 108, *range(201, 214), 299, 900}


def test_every_reason_has_a_meaning() -> None:
    assert set(MEANINGS) == set(Reason)


@pytest.mark.parametrize("reason", Reason)
def test_a_meaning_is_whole(reason: Reason) -> None:
    refusal = Refusal(reason=reason, detail="line 3")

    assert refusal.code in CANONICAL
    assert refusal.owner in Owner
    assert any("\u4e00" <= char <= "\u9fff" for char in refusal.zh)
    assert refusal.next_step
    assert refusal.to_dict() == {
        "code": refusal.code,
        "reason": reason.value,
        "owner": refusal.owner.value,
        "message": refusal.zh,
        "detail": "line 3",
        "nextStep": refusal.next_step,
    }


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        (Reason.NOT_AUTHORISED, 1),
        (Reason.PEER_TIMEOUT, 2),
        (Reason.NO_RECORD, 3),
        (Reason.BAD_PARAMETER, 4),
        (Reason.MISSING_PARAMETER, 5),
        (Reason.NOT_DELIVERABLE, 11),
        (Reason.COPY_FAILED, 14),
        (Reason.SIGNATURE_INVALID, 13),
        (Reason.OVERLOADED, 16),
        (Reason.OUT_OF_SCOPE, 17),
        (Reason.HOLDER_CODE_INVALID, 103),
        (Reason.USE_LIST_MISSING, 201),
        (Reason.USE_LIST_NOT_IN_FORCE, 202),
        (Reason.MATTER_MISMATCH, 204),
        (Reason.OUTPUT_NOT_ALLOWED, 205),
        (Reason.TYPE_NOT_OFFERED, 206),
        (Reason.PEER_STOPPED, 1),
        (Reason.KEY_STOPPED, 13),
        (Reason.OPERATOR_STOPPED, 17),
        (Reason.LINE_STOPPED, 202),
        (Reason.UNIT_STOPPED, 202),
        (Reason.TYPE_STOPPED, 206),
        (Reason.APPLICATION_STOPPED, 211),
        (Reason.REPLAYED, 207),
        (Reason.CLOCK_SKEW, 208),
        (Reason.VERSION_CONFLICT, 210),
        (Reason.USE_CODE_SPENT, 211),
        (Reason.LOG_FORKED, 212),
        (Reason.PEER_ERROR, 299),
        (Reason.INTERNAL, 900),
    ],
)
def test_a_reason_has_the_code_of_the_requirements(reason: Reason, code: int) -> None:
    assert Refusal(reason=reason).code == code


@pytest.mark.parametrize("reason", Reason)
def test_a_peers_word_is_taken_over(reason: Reason) -> None:
    assert from_word(reason.value, "d") == Refusal(reason=reason, detail="d")


@pytest.mark.parametrize("word", ["", "no_record", "MOON_PHASE"])
def test_a_word_unknown_here_is_an_error_of_the_peer(word: str) -> None:
    assert from_word(word, "d") == Refusal(reason=Reason.PEER_ERROR, detail=f"{word}: d")


def test_an_unknown_word_is_cut() -> None:
    assert from_word("X" * 1000, "").detail == "X" * 64 + ": "
