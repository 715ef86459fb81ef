"""What entries bind: the same document on both sides of the wire, and a salt for each. federation.model.bound."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation import codec
from federation.model.application import Application, Verdict
from federation.model.bound import application_document, binds, openings, salted, verdict_document
from federation.model.retrieval import DataAnswer
from federation.model.search import Answer, Outcome, Query
from tests.federation.strategies import MESSAGES

BINDING = ("SubmitRequest", "SubmitAnswer", "DataAnswer", "SearchRequest", "SearchAnswer")


def travelled(message: Any) -> Any:
    encoded = codec.encode(message)
    return codec.decode(encoded.kind, encoded.body)


@given(message=st.one_of(*(MESSAGES[kind] for kind in BINDING)))
def test_both_sides_of_the_wire_bind_the_same(message: Any) -> None:
    sent = salted(message)

    assert binds(openings(travelled(sent))) == binds(openings(sent))


@given(message=st.one_of(*(MESSAGES[kind] for kind in BINDING)))
def test_what_has_its_salt_keeps_it(message: Any) -> None:
    sent = salted(message)

    assert salted(sent) == sent


@given(one=MESSAGES["SubmitRequest"], other=MESSAGES["SubmitRequest"])
def test_two_applications_have_one_document_only_where_they_ask_the_same(one: Application, other: Application) -> None:
    same = replace(one, salt=b"") == replace(other, salt=b"")

    assert (application_document(one) == application_document(other)) is same


@given(verdict=MESSAGES["SubmitAnswer"])
def test_the_use_code_and_the_salt_are_in_no_document(verdict: Verdict) -> None:
    document = json.loads(verdict_document(replace(verdict, use_code="secret", salt=bytes(32))))

    assert "use_code" not in document
    assert "salt" not in document


@given(application=MESSAGES["SubmitRequest"], verdict=MESSAGES["SubmitAnswer"])
def test_a_search_binds_the_application_it_carries_and_the_verdict_it_brings(
    application: Application, verdict: Verdict
) -> None:
    query = salted(
        Query(apply_id="a", holder=application.holder, type_codes=(), application=replace(application, salt=b""))
    )
    answer = salted(Answer(outcome=Outcome.OK, verdict=replace(verdict, salt=b"")))

    assert list(binds(openings(query))) == ["application"]
    assert list(binds(openings(answer))) == ["verdict"]


@pytest.mark.parametrize(
    "message",
    [
        pytest.param(DataAnswer(data=b"{}"), id="an older peer's data"),
        pytest.param(salted(DataAnswer()), id="a refusal"),
        pytest.param(Query(apply_id="a", holder=None, type_codes=()), id="a question alone"),  # type: ignore[arg-type]
    ],
)
def test_without_a_salt_nothing_is_bound(message: Any) -> None:
    assert binds(openings(message)) == {}
