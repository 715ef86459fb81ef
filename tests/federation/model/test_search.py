"""federation.model.search: merging answers, and when an answer is complete."""

from dataclasses import replace
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from federation.model.refusal import Reason, Refusal
from federation.model.search import (
    Answer,
    Completeness,
    Item,
    MergedItem,
    Outcome,
    ProvinceOutcome,
    completeness,
    home_of,
    merge,
    newest,
)
from tests.federation.samples import ANHUI, ITEM, JIANGSU, PROVINCES, SHANGHAI, ZHEJIANG

ITEMS = st.builds(
    lambda identifier, issued, status: replace(ITEM, identifier=identifier, issued=issued, status=status),
    st.sampled_from("abcdef"),
    st.sampled_from(["", "2024-01-01", "2025-06-01"]),
    st.sampled_from(["VALID", "REVOKED", "EXPIRED"]),
)
ANSWERS = st.dictionaries(
    st.sampled_from(PROVINCES),
    st.lists(ITEMS, max_size=5).map(lambda items: Answer(outcome=Outcome.OK, items=tuple(items))),
)


@settings(deadline=None, max_examples=50)
@given(ANSWERS)
def test_every_certificate_stands_once_with_all_its_sources(answers: dict[str, Answer]) -> None:
    merged = {one.item.identifier: tuple(sorted(one.provinces)) for one in merge(answers)}

    assert len(merged) == len(merge(answers))
    assert merged == {
        identifier: tuple(
            code for code in sorted(answers) if identifier in {item.identifier for item in answers[code].items}
        )
        for identifier in {item.identifier for answer in answers.values() for item in answer.items}
    }


def _rank(one: MergedItem) -> tuple[bool, str]:
    return one.item.status == "VALID", one.item.issued


@settings(deadline=None, max_examples=50)
@given(ANSWERS)
def test_valid_ones_come_first_then_the_newest_then_by_identifier(answers: dict[str, Answer]) -> None:
    for one, two in pairwise(merge(answers)):
        assert _rank(one) > _rank(two) or (_rank(one) == _rank(two) and one.item.identifier < two.item.identifier)


@settings(deadline=None, max_examples=50)
@given(ANSWERS, st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_matter(answers: dict[str, Answer], random: Random) -> None:
    provinces = list(answers)
    random.shuffle(provinces)

    assert merge({province: answers[province] for province in provinces}) == merge(answers)


def test_an_item_named_by_two_provinces_is_that_of_the_first_by_code() -> None:
    older, newer = replace(ITEM, issued="2024-01-01"), ITEM
    merged = merge({ZHEJIANG: _of(newer), JIANGSU: _of(older)})

    assert merged == (MergedItem(item=older, provinces=(JIANGSU, ZHEJIANG)),)


def test_of_several_the_item_of_the_certificates_own_province_counts() -> None:
    own, other = replace(ITEM, area_code="330100", status="REVOKED"), replace(ITEM, area_code="330100")
    merged = merge({JIANGSU: _of(other), ZHEJIANG: _of(own)})

    assert merged == (MergedItem(item=own, provinces=(ZHEJIANG, JIANGSU)),)


OF_ANHUI = replace(
    ITEM,
    identifier="1.2.156.3005.2.11100000000013338W001.113400000000000112.1.001.X",
    area_code=ANHUI,
)


@pytest.mark.parametrize(
    ("identifier", "lie", "shown"),
    [
        pytest.param(OF_ANHUI.identifier, ZHEJIANG, ("VALID", ANHUI, False), id="the issuer in its identifier decides"),
        pytest.param(
            OF_ANHUI.identifier, ANHUI, ("VALID", ANHUI, False), id="who says it is another's is not its home"
        ),
        pytest.param("a", ANHUI, ("VALID", ANHUI, False), id="who alone says that it is its own"),
        pytest.param("a", ZHEJIANG, ("REVOKED", ZHEJIANG, True), id="two say so and nothing decides: it is marked"),
    ],
)
def test_a_province_that_names_a_certificate_as_its_own_does_not_overrule_its_home(
    identifier: str, lie: str, shown: tuple[str, str, bool]
) -> None:
    own = replace(OF_ANHUI, identifier=identifier)
    other = replace(own, area_code=lie, status="REVOKED")
    (one,) = merge({ZHEJIANG: _of(other), ANHUI: _of(own)})

    assert (one.item.status, one.provinces[0], one.item.disputed) == shown


@pytest.mark.parametrize(
    ("identifier", "home"),
    [
        pytest.param(OF_ANHUI.identifier, ANHUI, id="a credit code"),
        pytest.param("1.2.156.3003.2.T.11340000000000011X.1.001.X", ANHUI, id="under another root"),
        pytest.param("1.2.156.3005.2.T.340000.1.001.X", "", id="another issuer code"),
        pytest.param("1.2.156.3005.2.T.11XX0000000000011X.1.001.X", "", id="letters in place of the division"),
        pytest.param("1.2.156.3005.2.1", "", id="no identifier"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_an_identifier_tells_its_home_by_the_issuers_credit_code(identifier: str, home: str) -> None:
    assert home_of(identifier) == home


def test_one_objection_known_anywhere_marks_the_certificate() -> None:
    merged = merge({JIANGSU: _of(ITEM), ZHEJIANG: _of(replace(ITEM, disputed=True))})

    assert [one.item.disputed for one in merged] == [True]


@pytest.mark.parametrize(
    ("onward", "wanted"),
    [
        pytest.param({}, "", id="none superseded it"),
        pytest.param({"a": "b"}, "b", id="one that nobody named"),
        pytest.param({"a": "b", "b": "c", "c": "d", "d": ""}, "d", id="the last of several"),
        pytest.param({"a": "a"}, "a", id="itself"),
        pytest.param({"a": "b", "b": "a"}, "b", id="in a circle"),
        pytest.param({"a": "b", "b": "c", "c": "b"}, "b", id="into a circle"),
    ],
)
def test_a_superseded_version_points_onward_to_the_newest(onward: dict[str, str], wanted: str) -> None:
    assert newest({"a": "", **onward})["a"] == wanted


@settings(deadline=None, max_examples=100)
@given(st.dictionaries(st.sampled_from("abcdef"), st.sampled_from(["", *"abcdefg"])))
def test_the_newest_is_where_a_walk_from_version_to_version_ends(onward: dict[str, str]) -> None:
    for one, last in newest(onward).items():
        seen, at = [one], onward[one]
        while at and at not in seen:
            seen.append(at)
            at = onward.get(at, "")
        assert last == (onward[one] if at else seen[-1] if len(seen) > 1 else "")


class Counted(dict[str, str]):
    """A table that counts how often it is looked into."""

    looks = 0

    def __getitem__(self, key: str) -> str:
        self.looks += 1
        return super().__getitem__(key)

    def get(self, key: str, default: str = "") -> str:  # type: ignore[override]
        self.looks += 1
        return super().get(key, default)


@pytest.mark.parametrize("links", [range(1000), range(999, -1, -1)], ids=["from the oldest on", "from the newest on"])
def test_a_chain_of_any_length_is_walked_once(links: range) -> None:
    chain = Counted({str(one): str(one + 1) for one in links})

    assert set(newest(chain).values()) == {"1000"}
    assert chain.looks <= 4 * len(chain)


def test_versions_held_by_different_provinces_point_onward_across_them() -> None:
    first, second, third = (
        replace(ITEM, identifier=one, superseded_by=by, status="SUPERSEDED" if by else "VALID")
        for one, by in (("a", "b"), ("b", "c"), ("c", ""))
    )
    merged = merge({SHANGHAI: _of(first), JIANGSU: _of(second), ZHEJIANG: _of(third)})

    assert {one.item.identifier: one.item.superseded_by for one in merged} == {"a": "c", "b": "c", "c": ""}


def test_a_province_that_names_a_certificate_twice_is_one_source() -> None:
    assert merge({SHANGHAI: _of(ITEM, ITEM)}) == (MergedItem(item=ITEM, provinces=(SHANGHAI,)),)


def test_nobody_answered_is_nothing_found() -> None:
    assert merge({}) == ()


def _of(*items: Item) -> Answer:
    return Answer(outcome=Outcome.OK, items=items)


SPOKE, SILENT = {Outcome.OK, Outcome.EMPTY, Outcome.DENIED, Outcome.SKIPPED}, {Outcome.TIMEOUT, Outcome.ERROR}


def test_every_outcome_says_whether_the_province_spoke() -> None:
    assert set(Outcome) == SPOKE | SILENT


@settings(deadline=None, max_examples=50)
@given(st.lists(st.sampled_from(Outcome), max_size=4))
def test_an_answer_is_complete_where_nobody_was_silent(outcomes: list[Outcome]) -> None:
    lines = tuple(ProvinceOutcome(province=SHANGHAI, outcome=one, refusal=None, elapsed_ms=1) for one in outcomes)
    wanted = Completeness.INCOMPLETE if SILENT & set(outcomes) else Completeness.COMPLETE

    assert completeness(lines) is wanted


def test_an_answer_without_a_province_that_others_stopped_is_incomplete() -> None:
    stopped = ProvinceOutcome(
        province=JIANGSU, outcome=Outcome.SKIPPED, refusal=Refusal(reason=Reason.PEER_STOPPED), elapsed_ms=0
    )
    not_offered = replace(stopped, refusal=Refusal(reason=Reason.TYPE_NOT_OFFERED))

    assert completeness((stopped,)) is Completeness.INCOMPLETE
    assert completeness((not_offered,)) is Completeness.COMPLETE


@pytest.mark.parametrize(
    ("outcome", "wanted"),
    [
        pytest.param(Outcome.OK, Completeness.COMPLETE, id="found"),
        pytest.param(Outcome.EMPTY, Completeness.COMPLETE, id="none found"),
        pytest.param(Outcome.DENIED, Completeness.COMPLETE, id="not allowed is an answer"),
        pytest.param(Outcome.SKIPPED, Completeness.COMPLETE, id="rightly not asked"),
        pytest.param(Outcome.TIMEOUT, Completeness.INCOMPLETE, id="nobody answered is not none found"),
        pytest.param(Outcome.ERROR, Completeness.INCOMPLETE, id="an error is not none found"),
    ],
)
def test_what_one_province_means_for_completeness(outcome: Outcome, wanted: Completeness) -> None:
    line = ProvinceOutcome(province=JIANGSU, outcome=outcome, refusal=None, elapsed_ms=1)

    assert completeness((line,)) is wanted
