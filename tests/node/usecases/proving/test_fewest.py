"""Of a use that was retried very often a proof shows one question, its answer and its arrival, and what that answer repeats."""

from typing import Any

import pytest

from federation.proof_bundle.check import MAX_ENTRIES
from node.usecases.proving.fewest import fewest
from trust import canonical
from trust.envelope import LogProof

JIANGSU, ZHEJIANG = "320000", "330000"
Entries = dict[str, LogProof]


def entry(code: str, index: int, **members: Any) -> Entries:
    said = canonical.dumps({"type": "RETRIEVE", "exchange": "E", "node": code} | members)
    return {f"log/{code}-{index}.tlog-proof": LogProof(entry=said, index=index, path=(), checkpoint=b"")}


def tried(attempt: int, came: str) -> Entries:
    """One attempt: asked, answered (the first time as it is, then repeated), and what came of it; "" for nothing."""
    question, answer = f"question {attempt}", f"answer {attempt}"
    asked = entry(JIANGSU, 2 * attempt, step="asked", request=question, sent={"FileRequest": "request"})
    repeated = {"repeated": True} if attempt else {}
    sent = {"answer": answer, "sent": {"FileHead": "answer"}}
    answered = entry(ZHEJIANG, attempt, step="answered", request=question, **sent, **repeated)
    arrived = entry(JIANGSU, 2 * attempt + 1, step=came, answer=answer) if came else {}
    return asked | answered | arrived


def retried(times: int, *, arrives: int, came: str) -> Entries:
    """So many attempts, of which one arrives; and the application's entry."""
    application = entry(JIANGSU, 9999, type="APPLY", step="answered", exchange="A")
    return {
        part: one
        for attempt in range(times)
        for part, one in tried(attempt, came if attempt == arrives else "").items()
    } | application


@pytest.mark.parametrize("came", ["received", "refused"])
@pytest.mark.parametrize("arrives", [0, 1, 99])
def test_what_shows_the_use_is_kept_with_the_answer_that_is_repeated(came: str, arrives: int) -> None:
    kept = fewest(retried(100, arrives=arrives, came=came), "E")

    assert set(kept) == {
        f"log/{JIANGSU}-9999.tlog-proof",
        f"log/{JIANGSU}-{2 * arrives}.tlog-proof",
        f"log/{JIANGSU}-{2 * arrives + 1}.tlog-proof",
        f"log/{ZHEJIANG}-{arrives}.tlog-proof",
        f"log/{ZHEJIANG}-0.tlog-proof",
    }


def test_a_use_of_ordinary_length_keeps_every_entry() -> None:
    found = retried(40, arrives=39, came="received")

    assert len(found) <= MAX_ENTRIES
    assert fewest(found, "E") == found


def test_of_a_provinces_own_use_the_first_entry_is_kept() -> None:
    found = {part: one for index in range(200) for part, one in entry(JIANGSU, index, step="own").items()}

    assert set(fewest(found, "E")) == {f"log/{JIANGSU}-0.tlog-proof"}


def test_where_nothing_shows_the_use_nothing_is_left_out() -> None:
    found = retried(100, arrives=-1, came="received")

    assert fewest(found, "E") == found
