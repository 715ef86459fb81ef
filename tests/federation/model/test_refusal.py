"""federation.model.refusal: every reason has a code, an owner, a sentence and a next step."""

import pytest

from federation.model.refusal import MAX_RETRY_S, MEANINGS, Owner, Reason, Refusal, from_word

# REQUIREMENTS §4.4: 0-17 as Jiangsu uses them, 103-113 of Shandong's service, from 200 ours.
CANONICAL = {1, 2, 3, 4, 5, 11, 13, 14, 16, 17, 103, 113, 105, 106, 107, 108, *range(201, 217), 299, 900}


def test_every_reason_has_a_meaning() -> None:
    assert set(MEANINGS) == set(Reason)


@pytest.mark.parametrize("reason", Reason)
def test_a_meaning_is_whole(reason: Reason) -> None:
    refusal = Refusal(reason=reason, detail="line 3", retry_after_s=60)

    assert refusal.code in CANONICAL
    assert refusal.owner in Owner
    assert any("\u4e00" <= char <= "\u9fff" for char in refusal.zh)
    assert refusal.next_step
    assert any("\u4e00" <= char <= "\u9fff" for char in refusal.zh_step)
    assert refusal.zh_step != refusal.zh
    assert refusal.to_dict() == {
        "code": refusal.code,
        "reason": reason.value,
        "owner": refusal.owner.value,
        "message": refusal.zh,
        "detail": "line 3",
        "nextStep": refusal.next_step,
        "nextStepZh": refusal.zh_step,
        "retryAfter": 60,
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
        (Reason.USE_LIST_SUPERSEDED, 210),
        (Reason.USE_LIST_UNKNOWN_VERSION, 210),
        (Reason.USE_LIST_UNDECIDED, 201),
        (Reason.USE_LIST_REJECTED, 201),
        (Reason.USE_LIST_SUSPENDED, 202),
        (Reason.LINE_SUSPENDED_THERE, 202),
        (Reason.LIMIT_REACHED, 16),
        (Reason.LIST_REFUSED, 4),
        (Reason.FOUR_EYES, 1),
        (Reason.REPLAYED, 207),
        (Reason.CLOCK_SKEW, 208),
        (Reason.VERSION_CONFLICT, 210),
        (Reason.USE_CODE_SPENT, 211),
        (Reason.LOG_FORKED, 212),
        (Reason.LOG_LOST, 216),
        (Reason.PEER_ERROR, 299),
        (Reason.INTERNAL, 900),
    ],
)
def test_a_reason_has_the_code_of_the_requirements(reason: Reason, code: int) -> None:
    assert Refusal(reason=reason).code == code


@pytest.mark.parametrize("reason", Reason)
def test_a_peers_word_is_taken_over(reason: Reason) -> None:
    assert from_word(reason.value, "d") == Refusal(reason=reason, detail="d")


@pytest.mark.parametrize(
    ("reason", "owner"),
    [
        pytest.param(Reason.USE_LIST_SUPERSEDED, Owner.CALLER, id="an old version is quoted"),
        pytest.param(Reason.USE_LIST_UNKNOWN_VERSION, Owner.NODE, id="a version that was not fetched yet"),
        pytest.param(Reason.USE_LIST_UNDECIDED, Owner.PEER, id="the provider has to decide"),
        pytest.param(Reason.USE_LIST_REJECTED, Owner.PEER, id="the provider said no"),
        pytest.param(Reason.USE_LIST_SUSPENDED, Owner.CALLER, id="the consumer suspended its line"),
        pytest.param(Reason.LINE_SUSPENDED_THERE, Owner.PEER, id="the provider suspended its acceptance"),
        pytest.param(Reason.LIMIT_REACHED, Owner.CALLER, id="a limit is the caller's to wait out"),
        pytest.param(Reason.LIST_REFUSED, Owner.CALLER, id="a draft that breaks a rule"),
        pytest.param(Reason.FOUR_EYES, Owner.CALLER, id="another manager has to act"),
    ],
)
def test_whoever_can_change_a_refusal_of_lists_is_named(reason: Reason, owner: Owner) -> None:
    assert Refusal(reason=reason).owner is owner


@pytest.mark.parametrize(
    ("reason", "owner"),
    [
        pytest.param(Reason.INTERNAL, Owner.PEER, id="what is its own matter is a peer's"),
        pytest.param(Reason.USE_CODE_SPENT, Owner.CALLER, id="what is the caller's matter stays the caller's"),
        pytest.param(Reason.COPY_FAILED, Owner.ISSUER, id="what is the issuer's matter stays the issuer's"),
    ],
)
def test_what_a_peer_says_is_whose_matter_it_is_seen_from_here(reason: Reason, owner: Owner) -> None:
    assert Refusal(reason=reason, by="330000").owner is owner


@pytest.mark.parametrize(
    ("sent", "kept"), [(0, 0), (60, 60), (MAX_RETRY_S, MAX_RETRY_S), (MAX_RETRY_S + 1, MAX_RETRY_S), (-1, 0)]
)
def test_a_peer_sends_nobody_away_for_longer_than_a_day(sent: int, kept: int) -> None:
    assert from_word(Reason.LIMIT_REACHED.value, "d", sent).retry_after_s == kept


@pytest.mark.parametrize("word", ["", "no_record", "MOON_PHASE"])
def test_a_word_unknown_here_is_an_error_of_the_peer(word: str) -> None:
    assert from_word(word, "d") == Refusal(reason=Reason.PEER_ERROR, detail=f"{word}: d")


def test_an_unknown_word_is_cut() -> None:
    assert from_word("X" * 1000, "").detail == "X" * 64 + ": "
