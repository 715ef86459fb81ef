"""The dry run says what a real request gets, because it walks the same checks; it counts, keeps and sends nothing."""

import asyncio
import inspect
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from federation.clocks import Clocks
from federation.model.application import Application, AuthMode, Operator, Output, Result
from federation.model.refusal import Reason
from federation.model.uselist import MANUAL
from node.library.invented import LAND_TYPE, MINING_TYPE
from node.ports.explaining import Explanation, Question
from node.ports.lists import Kind
from node.storage.memory import MemoryStore
from node.usecases.admission import explanation
from node.usecases.admission.asking import Asking
from node.usecases.admission.explanation import Explainer
from node.usecases.admission.limits import Limiter, NodeLimits, Side
from node.usecases.applying.review_queue import ReviewQueue
from node.usecases.applying.verification import Verifier
from node.usecases.consent.checking import Authority
from node.usecases.line_statistics import Tally
from node.usecases.record import Recorder
from node.usecases.stops import Stops
from node.vault import Vault
from tests.node.usecases.listed import (
    APP,
    HOLDER,
    ITEM,
    JIANGSU,
    LINE,
    NOW,
    OPERATOR,
    ORG,
    ZHEJIANG,
    application,
    decision,
    entry,
    line,
    lists_of,
)
from tests.node.usecases.mesh import CALLER, Mesh, form
from tests.node.usecases.mesh import line as mesh_line
from tests.node.usecases.watching import LIFETIME, watches
from trust.membership import Membership

VAULT = Vault(b"v" * 32, "5a" * 32)


async def provider(
    lines: Sequence[dict[str, Any]],
    decisions: Sequence[dict[str, Any]],
    entries: Sequence[dict[str, Any]] | None,
    here: str = ZHEJIANG,
) -> tuple[MemoryStore, Verifier, Explainer]:
    """Zhejiang with these lists, or what another province holds of them; `entries` None: its catalogue never came."""
    store = MemoryStore()
    lists = await lists_of(
        store,
        (Kind.USELIST, JIANGSU, lines),
        (Kind.DECISIONS, ZHEJIANG, decisions),
        *([] if entries is None else [(Kind.CATALOGUE, ZHEJIANG, entries)]),
    )
    common: dict[str, Any] = {
        "province": here, "lists": lists, "vault": VAULT, "clock": lambda: NOW, "stops": Stops(),
    }  # fmt: skip
    as_provider, as_consumer = (
        Limiter(side=side, limits=NodeLimits(operator_per_minute=2), vault=VAULT)
        for side in (Side.PROVIDER, Side.CONSUMER)
    )
    authority = Authority(vault=VAULT, stops=Stops(), membership=_no_membership)
    own, peer = watches(VAULT, Recorder(here, lambda: NOW), lambda: "alarm-1")
    verifier = Verifier(
        **common,
        limiter=as_provider,
        watch=peer,
        queue=ReviewQueue(vault=VAULT, lifetime=LIFETIME),
        tally=Tally(lists=lists, clock=lambda: NOW),
        authority=authority,
    )
    asking = Asking(
        **common, limiter=as_consumer, watch=own, authority=authority, down=lambda _: False, clocks=Clocks()
    )
    explainer = Explainer(store=store, verifier=verifier, asking=asking, provinces=lambda: (ZHEJIANG,), callers={})
    return store, verifier, explainer


def _no_membership() -> Membership:
    """No consent here gets so far that its signature is looked at."""
    raise AssertionError


def question(of: Application, **changes: Any) -> Question:
    """The question about exactly this request."""
    one = Question(
        use_list_id=of.use_list_id,
        use_list_version=of.use_list_version,
        use_org_code=of.use_org_code,
        app_id=of.app_id,
        operator=of.operator.account,
        item_code=of.item_code,
        business_code=of.business_code,
        type_codes=of.type_codes,
        auth_mode=of.auth_mode,
        outputs=of.outputs,
        fields=of.fields,
        holder=of.holder,
        consent=of.consent,
    )
    return replace(one, **changes)


def stopping(one: Explanation, province: str = ZHEJIANG) -> tuple[str, str, str] | None:
    """Check, reason and detail of what stops the request there."""
    part = next(part for part in one.provinces if part.province == province)
    found = [(check.check, check.refusal) for check in part.checks if check.refusal is not None]
    return (found[0][0], found[0][1].reason.value, found[0][1].detail) if found else None


def subsets(*values: Any) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(st.sampled_from(values), unique=True, max_size=len(values)).map(tuple)


TYPES, FIELDS = subsets(MINING_TYPE, LAND_TYPE), subsets("KZ_NAME", "KZ_KIND", "KZ_SCALE")
MODES = subsets("FILE", "DATA", "ORIGINAL")
mostly = st.integers(0, 5).map(bool)  # five of six
LINES = st.fixed_dictionaries(
    {},
    optional={
        "version": st.sampled_from((1, 2)),
        "status": st.sampled_from(("ACTIVE", "SUSPENDED", "WITHDRAWN")),
        "provider_provinces": st.sampled_from(((ZHEJIANG,), (JIANGSU,))),
        "valid_to": st.sampled_from(("2026-06-29", "2026-06-30", "2099-12-31")),
        "effective": st.sampled_from(("", "2027-01-01T00:00:00Z")),
        "type_codes": TYPES,
        "output_modes": MODES,
        "allowed_fields": FIELDS,
        "operator_scope": st.sampled_from(((), ("clerk-8",))),
        "app_ids": st.sampled_from(((), ("other",))),
        "rate_per_minute": st.integers(0, 2),
    },
)
DECISIONS = st.fixed_dictionaries(
    {},
    optional={
        "status": st.sampled_from(("ACCEPTED", "LIMITED", "REJECTED", "SUSPENDED")),
        "type_codes": TYPES,
        "output_modes": MODES,
        "allowed_fields": FIELDS,
        "daily_limit": st.integers(0, 2),
        "valid_to": st.sampled_from(("", "2026-06-29")),
    },
)
ENTRIES = st.fixed_dictionaries(
    {},
    optional={
        "status": st.sampled_from(("PUBLISHED", "SUSPENDED")),
        "share_modes": subsets("FILE", "DATA"),
        "valid_to": st.sampled_from(("", "2026-06-29")),
    },
)
REQUESTS = st.fixed_dictionaries(
    {},
    optional={
        "use_list_version": st.integers(0, 3),
        "use_org_code": st.sampled_from((ORG, "X", "")),
        "item_code": st.sampled_from((ITEM, "I2")),
        "type_codes": TYPES,
        "outputs": subsets(*Output),
        "fields": FIELDS,
        "auth_mode": st.sampled_from(AuthMode),
        "operator": st.sampled_from((OPERATOR, Operator(account="clerk-8", name="n"), Operator(account="", name="n"))),
        "holder": st.sampled_from((HOLDER, replace(HOLDER, code="1"))),
    },
)


@settings(deadline=None, max_examples=150)
@given(
    listed=LINES,
    decided=st.none() | DECISIONS,
    offered=st.lists(st.tuples(st.sampled_from((MINING_TYPE, LAND_TYPE)), ENTRIES), max_size=2),
    requests=st.lists(REQUESTS, min_size=1, max_size=4),
)
def test_the_dry_run_says_what_a_real_application_gets(
    listed: dict[str, Any], decided: dict[str, Any] | None, offered: list[Any], requests: list[dict[str, Any]]
) -> None:
    async def run() -> None:
        published = line(**listed)
        decisions = [] if decided is None else [decision(published, **decided)]
        entries = {code: entry(ZHEJIANG, code, **changes) for code, changes in offered}
        store, verifier, explainer = await provider([published], decisions, list(entries.values()))
        for number, changes in enumerate(requests):
            asked = application(apply_id=f"a{number}", **changes)
            (told,) = await explainer.explain(JIANGSU, question(asked))
            verdict = await store.transact(partial(verifier.decide, consumer=JIANGSU, application=asked))
            stop = stopping(told)
            assert told.allowed is (verdict.result is Result.PASS)
            assert (stop and stop[1:]) == next(((one.reason.value, one.detail) for one in verdict.reasons), None)
            part = told.provinces[0]
            assert (part.type_codes, part.fields) == (verdict.type_codes, verdict.fields)
            assert part.outputs == tuple(one.value for one in verdict.outputs)

    asyncio.run(run())


async def test_every_check_is_told_in_order_up_to_the_one_that_stops() -> None:
    _, _, explainer = await provider([line()], [], [entry(ZHEJIANG)])
    (told,) = await explainer.explain(JIANGSU, Question(use_list_id=LINE))
    states = {one.check: one.state for one in told.provinces[0].checks}

    assert states["FORM"] == states["LINE"] == states["STANDING"] == "PASS"
    assert (states["HOLDER"], states["DECISION"], states["UNIT"]) == ("NOT_ASKED", "STOP", "NOT_REACHED")
    assert (told.line_version, told.uselist_version) == (1, 1)


@pytest.mark.parametrize(
    ("decided", "asked", "who"),
    [
        pytest.param(None, {}, f"供证省 {ZHEJIANG} 的清单管理员", id="the provider has not decided"),
        pytest.param({}, {"use_list_id": "JS-9"}, f"用证省 {JIANGSU} 的清单管理员", id="there is no such line"),
        pytest.param({}, {"item_code": "I2"}, f"调用方业务系统，或用证省 {JIANGSU} 的清单管理员", id="another matter"),
        pytest.param({}, {"type_codes": (LAND_TYPE,)}, f"供证省 {ZHEJIANG} 的目录管理员", id="a type not offered"),
        pytest.param({}, {"use_list_version": 9}, f"供证省 {ZHEJIANG} 的节点（待同步）", id="a version not here yet"),
    ],
)
async def test_whoever_can_change_it_is_named(decided: dict[str, Any] | None, asked: dict[str, Any], who: str) -> None:
    decisions = [] if decided is None else [decision(line(), **decided)]
    _, _, explainer = await provider([line()], decisions, [entry(ZHEJIANG)])
    (told,) = await explainer.explain(JIANGSU, question(application(), **asked))

    assert [one.who for one in told.provinces[0].checks if one.refusal] == [who]


async def test_without_a_line_every_line_that_fits_is_told() -> None:
    listed = [line(use_list_id="A"), line(use_list_id="B", item_code="I2"), line(use_list_id="C", version=2)]
    _, _, explainer = await provider(listed, [decision(one) for one in listed], [entry(ZHEJIANG)])
    found = await explainer.explain(JIANGSU, Question(item_code=ITEM, type_codes=(MINING_TYPE,)))
    none = await explainer.explain(JIANGSU, Question(item_code="I9"))

    assert [(one.use_list_id, one.allowed) for one in found] == [("A", True), ("C", True)]
    assert stopping(none[0]) == ("LINE", Reason.USE_LIST_MISSING.value, none[0].use_list_id)
    assert not none[0].allowed


def explainer_of(mesh: Mesh) -> Explainer:
    one = mesh.jiangsu
    return Explainer(
        store=one.store,
        verifier=one.verifier,
        asking=one.asking,
        provinces=lambda: tuple(mesh.all),
        callers={APP: CALLER},
    )


async def test_at_the_consumer_the_provinces_that_a_real_application_leaves_out_are_left_out(mesh: Mesh) -> None:
    await mesh.zhejiang.decide(mesh_line(), status="SUSPENDED")
    await mesh.jiangsu.hold(mesh.zhejiang, Kind.DECISIONS)
    asked = form(type_codes=(LAND_TYPE,))
    wish = Question(use_list_id=LINE, type_codes=asked.type_codes, outputs=asked.outputs, operator=OPERATOR.account)
    before = (len(mesh.network.calls), mesh.jiangsu.store.read.evidence.head().size)
    (told,) = await explainer_of(mesh).own(CALLER, wish)
    assert before == (len(mesh.network.calls), mesh.jiangsu.store.read.evidence.head().size), "nothing was sent or kept"
    submitted = await mesh.jiangsu.submit(type_codes=asked.type_codes)
    real = {one.province: one.outcome for one in submitted.verdicts}

    assert {one.province: one.allowed for one in told.provinces} == {code: word == "OK" for code, word in real.items()}
    assert stopping(told) == ("DECISION", Reason.LINE_SUSPENDED_THERE.value, LINE)


async def test_a_line_system_learns_nothing_of_what_is_said_to_other_units(mesh: Mesh) -> None:
    await mesh.zhejiang.decide(mesh_line(), status="REJECTED", reasons=("reason of Zhejiang",))
    await mesh.jiangsu.hold(mesh.zhejiang, Kind.DECISIONS)
    stranger = replace(CALLER, use_org_code="11320000DEMA00999X")
    (told,) = await explainer_of(mesh).own(stranger, Question(use_list_id=LINE))

    assert (told.allowed, told.provinces) == (False, ())
    assert "reason of Zhejiang" not in repr(told)


async def test_a_province_whose_catalogue_never_came_is_told_as_one_that_would_be_asked() -> None:
    _, _, explainer = await provider([line()], [decision(line())], None, here=JIANGSU)
    (told,) = await explainer.explain(JIANGSU, question(application()))

    assert told.provinces[0].allowed
    assert told.provinces[0].type_codes == application().type_codes


async def test_what_the_consumer_itself_refuses_is_its_own_part(mesh: Mesh) -> None:
    caller = replace(CALLER, item_codes=frozenset({"other"}))
    (told,) = await explainer_of(mesh).own(caller, Question(use_list_id=LINE))

    assert told.own is not None
    assert (told.allowed, told.own.checks[0].check, told.own.checks[0].state) == (False, "CALLER", "STOP")


def test_no_rule_is_written_twice() -> None:
    """The dry run knows no refusal of its own."""
    assert "Reason." not in inspect.getsource(explanation)


@pytest.mark.parametrize(
    ("line_says", "decision_says", "told"),
    [
        pytest.param("", {}, False, id="neither"),
        pytest.param(MANUAL, {}, True, id="the line"),
        pytest.param("", {"status": "LIMITED", "review": MANUAL}, True, id="the decision"),
    ],
)
async def test_that_a_person_will_decide_is_told_beforehand(
    line_says: str, decision_says: dict[str, Any], *, told: bool
) -> None:
    one = line(review=line_says)
    _, _, explainer = await provider([one], [decision(one, **decision_says)], [entry(ZHEJIANG)])
    (explained,) = await explainer.explain(JIANGSU, question(application()))

    assert explained.allowed
    assert [part.review for part in explained.provinces] == [told]
