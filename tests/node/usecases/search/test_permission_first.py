"""Permission before existence: what a stranger is told of a certificate that is there and of one that is not is the same, also in time.

DESIGN §2.4, REQUIREMENTS P17. Words and sizes are compared for every interface. Times are compared as distributions: many look-ups over a
real database, the two kinds in random order, so that noise falls on both alike; what is left is chance, and its bounds are known. A
provider that looks first and asks afterwards is measured the same way, and has to be found out.
"""

import random
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import replace
from math import sqrt
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from federation.methods import DATA, FILE, SEARCH, VERIFY
from federation.model.application import Holder, Output
from federation.model.info_verification import InfoQuery, InfoResult
from federation.model.refusal import Refusal
from federation.model.retrieval import DataQuery, FileQuery
from federation.model.search import Query
from node.library.holder import make_credit_code
from node.library.invented import LAND_TYPE, MINING_TYPE
from node.ports.store import Nouns, Store
from node.usecases.presented.info_provider import InfoVerifier
from node.usecases.retrieval.delivery import Found, Provider, open_record
from tests.node.usecases.mesh import HOLDER, JIANGSU, ZHEJIANG, Mesh, record
from tests.node.usecases.presented.test_info_verification import verifying
from tests.node.usecases.redeeming import (
    HELD,
    MISSING,
    SOMEBODYS,
    Clock,
    Consumer,
    ZhejiangNode,
    furnished,
    opened,
    query,
    wanted,
)
from trust.orders import Action, Kind

NOBODY = Holder(code=make_credit_code("91", "320000", "0D0ME01A3"), type_code="001", name="样例")
"""Holds nothing. Its code has the characters of `HELD`'s holder in another order: to check another number's form takes another time."""
OF_ANOTHER_TYPE = record(ZHEJIANG, LAND_TYPE, serial="9")
PAIRS, UNIT = 4_000, 50  # look-ups of each kind; pairs in one unit of work
TOO_UNLIKELY = 5.5  # standard deviations: once in 25 million honest runs
OF_THE_PROCESS = (
    0.02  # by which equal look-ups may differ in one process: where texts lie in its hash tables; a row costs far more
)


async def told(mesh: Mesh, method: Any, message: Any, exchange_id: str) -> tuple[Any, int]:
    """What Zhejiang's node answers to a message of Jiangsu's, and how many bytes the answer has."""
    draft = mesh.jiangsu.direct.draft_request(message, recipients=(ZHEJIANG,), exchange_id=exchange_id)
    incoming = mesh.zhejiang.post.open_request(mesh.jiangsu.direct.sign(draft), kind=method.request, sender=JIANGSU)
    answer = await mesh.zhejiang.handlers()[method.path](incoming)
    answered = answer[0] if isinstance(answer, tuple) else answer
    return answered.message, len(mesh.zhejiang.post.encode(answered.message).body)


def of_data(apply_id: str, code: str, identifier: str) -> Any:
    return DataQuery(apply_id=apply_id, use_code=code, identifier=identifier)


def of_file(apply_id: str, code: str, identifier: str) -> Any:
    return FileQuery(apply_id=apply_id, use_code=code, identifier=identifier)


def of_original(apply_id: str, code: str, identifier: str) -> Any:
    return FileQuery(apply_id=apply_id, use_code=code, identifier=identifier, original=True)


@pytest.mark.parametrize(
    ("method", "make"),
    [
        pytest.param(DATA, of_data, id="face data"),
        pytest.param(FILE, of_file, id="a usage copy"),
        pytest.param(FILE, of_original, id="an original"),
    ],
)
@pytest.mark.parametrize("permit", ["none", "wrong code", "for somebody else"])
async def test_a_certificate_that_is_not_yours_to_see_is_refused_like_one_that_is_not_there(
    mesh: Mesh, method: Any, make: Callable[[str, str, str], Any], permit: str
) -> None:
    await mesh.zhejiang.keep(HELD, SOMEBODYS)
    apply_id = (await mesh.jiangsu.submit(type_codes=(MINING_TYPE,))).application.apply_id
    (code,) = [
        one.use_code for one in mesh.jiangsu.store.read.applications.received(apply_id) if one.provider == ZHEJIANG
    ]
    apply_id, code = {"none": ("nothing", ""), "wrong code": (apply_id, "0" * 64)}.get(permit, (apply_id, code))
    there = await told(mesh, method, make(apply_id, code, SOMEBODYS.identifier), "x-there")
    missing = await told(mesh, method, make(apply_id, code, MISSING.identifier), "x-missing")

    assert there == missing
    assert there[0].refusal is not None


def verified(number: str, apply_id: str, code: str, **changes: Any) -> InfoQuery:
    return InfoQuery(apply_id=apply_id, use_code=code, type_code=MINING_TYPE, number=number, **changes)


@pytest.mark.parametrize("named", [pytest.param(True, id="by identifier, too"), pytest.param(False, id="by number")])
@pytest.mark.parametrize("permit", ["none", "wrong code", "for another output", "for somebody else"])
async def test_a_number_that_is_not_yours_to_verify_is_answered_like_one_that_is_not_there(
    mesh: Mesh, permit: str, *, named: bool
) -> None:
    await verifying(mesh)
    await mesh.zhejiang.keep(HELD, SOMEBODYS)
    outputs = (Output.DATA if permit == "for another output" else Output.VERIFY,)
    submitted = await mesh.jiangsu.submit(type_codes=(MINING_TYPE,), outputs=outputs)
    (code,) = [one.verdict.use_code for one in submitted.verdicts if one.province == ZHEJIANG and one.verdict]
    apply_id = submitted.application.apply_id
    apply_id, code = {"none": ("nothing", ""), "wrong code": (apply_id, "0" * 64)}.get(permit, (apply_id, code))
    there, missing = [
        await told(
            mesh,
            VERIFY,
            verified(one.number, apply_id, code, identifier=one.identifier if named else ""),
            f"x-{one.number}",
        )
        for one in (SOMEBODYS, MISSING)
    ]

    assert there == missing
    assert (there[0].refusal is None, there[0].result) == (permit == "for somebody else", InfoResult.NO_SUCH)


@pytest.mark.parametrize("permit", ["none", "for somebody else"])
async def test_a_search_for_somebody_with_certificates_is_refused_like_one_for_somebody_without(
    mesh: Mesh, permit: str
) -> None:
    await mesh.zhejiang.keep(HELD)
    mine = {"holder": NOBODY} if permit == "none" else {"holder": SOMEBODYS.holders[0]}
    apply_id = (await mesh.jiangsu.submit(**mine)).application.apply_id if permit != "none" else "nothing"
    with_some = await told(mesh, SEARCH, Query(apply_id=apply_id, holder=HOLDER, type_codes=(MINING_TYPE,)), "x-1")
    without = await told(mesh, SEARCH, Query(apply_id=apply_id, holder=NOBODY, type_codes=(MINING_TYPE,)), "x-2")

    assert with_some == without
    assert with_some[0].outcome == "DENIED"


async def test_a_stop_of_a_type_does_not_tell_that_a_certificate_of_it_is_there(mesh: Mesh) -> None:
    """A refusal that is repeated stays what it was."""
    await mesh.zhejiang.keep(HELD, OF_ANOTHER_TYPE)
    apply_id = (await mesh.jiangsu.submit(type_codes=(MINING_TYPE,))).application.apply_id
    (code,) = [
        one.use_code for one in mesh.jiangsu.store.read.applications.received(apply_id) if one.provider == ZHEJIANG
    ]
    wish = of_data(apply_id, code, OF_ANOTHER_TYPE.identifier)
    first = await told(mesh, DATA, wish, "x-1")
    await mesh.zhejiang.orders.give(Kind.TYPE, LAND_TYPE, Action.STOP, "r")

    assert await told(mesh, DATA, wish, "x-1") == first


class Leaky(Provider):
    """Looks whether the certificate is there, and only then who asks."""

    def find(self, nouns: Nouns, *, consumer: str, query: DataQuery | FileQuery, output: Output) -> Found | Refusal:
        nouns.certificates.get(query.identifier)
        return super().find(nouns, consumer=consumer, query=query, output=output)


class VeryLeaky(Provider):
    """Opens it even."""

    def find(self, nouns: Nouns, *, consumer: str, query: DataQuery | FileQuery, output: Output) -> Found | Refusal:
        row = nouns.certificates.get(query.identifier)
        if row is not None:
            open_record(self.vault, row)
        return super().find(nouns, consumer=consumer, query=query, output=output)


@pytest.fixture
async def node(tmp_path: Path) -> AsyncIterator[ZhejiangNode]:
    made = await furnished(await opened(tmp_path / "node.db"), Clock())
    yield made
    await made.store.close()


async def measured(
    store: Store, there: Callable[[Nouns], object], missing: Callable[[Nouns], object]
) -> list[tuple[int, int]]:
    """Nanoseconds of both look-ups in pairs, each pair in random order, inside units of work as in the real thing."""
    order = random.Random(7)
    pairs: list[tuple[int, int]] = []

    def unit(nouns: Nouns) -> None:
        for _ in range(UNIT):
            first = order.random() < 0.5
            one, two = (there, missing) if first else (missing, there)
            spent = (_ns(one, nouns), _ns(two, nouns))
            pairs.append(spent if first else (spent[1], spent[0]))

    while len(pairs) < PAIRS:
        await store.transact(unit)
    return pairs


def _ns(look: Callable[[Nouns], object], nouns: Nouns) -> int:
    start = time.perf_counter_ns()
    look(nouns)
    return time.perf_counter_ns() - start


def strangeness(pairs: list[tuple[int, int]]) -> float:
    """How many standard deviations the times are from no difference, by the worse of two tests. Both take no shape for granted.

    The sign test counts in how many pairs one was slower; since the order in each pair is random, that is a fair coin where there is no
    difference, whatever the machine does. The rank sum compares the distributions as wholes, and sees what a minority of pairs hides.
    """
    more, less = sum(a > b for a, b in pairs), sum(a < b for a, b in pairs)
    sign = abs(more - less) / sqrt(more + less)
    return max(sign, _rank_sum([a for a, _ in pairs], [b for _, b in pairs]))


def tells(pairs: list[tuple[int, int]]) -> bool:
    """Whether the times tell the two apart: by more than chance, and by more than one process differs from the next."""
    one, other = (median(times) for times in zip(*pairs, strict=True))
    return strangeness(pairs) > TOO_UNLIKELY and abs(one - other) > OF_THE_PROCESS * min(one, other)


def _rank_sum(first: list[int], second: list[int]) -> float:
    """Wilcoxon's rank sum as a normal deviate; ties share their mean rank."""
    both = sorted([(one, 0) for one in first] + [(one, 1) for one in second])
    total, at = 0.0, 0
    while at < len(both):
        end = at
        while end < len(both) and both[end][0] == both[at][0]:
            end += 1
        total += sum(kind == 0 for _, kind in both[at:end]) * (at + 1 + end) / 2
        at = end
    n, m = len(first), len(second)
    return abs(total - n * (n + m + 1) / 2) / sqrt(n * m * (n + m + 1) / 12)


async def lookups(node: ZhejiangNode, provider: Provider, permit: str) -> tuple[Any, Any]:
    """The look-up of somebody's certificate, and of one that is not there, by a stranger to both."""
    consumer = Consumer(node.clock)
    verdict = await node.verdict(consumer.sealed(wanted(), "x-apply"))
    changes: dict[str, Any] = {"none": {"apply_id": "nothing"}, "wrong code": {"use_code": "0" * 64}}.get(permit, {})

    def look(identifier: str) -> Callable[[Nouns], object]:
        wish = replace(query(verdict, identifier=identifier), **changes)
        return lambda nouns: provider.find(nouns, consumer=JIANGSU, query=wish, output=Output.DATA)

    return look(SOMEBODYS.identifier), look(MISSING.identifier)


@pytest.mark.parametrize("permit", ["none", "wrong code", "for somebody else"])
async def test_the_time_of_a_refusal_does_not_tell_whether_the_certificate_is_there(
    node: ZhejiangNode, permit: str
) -> None:
    there, missing = await lookups(node, node.delivery._provider, permit)

    assert not tells(await measured(node.store, there, missing))


@pytest.mark.parametrize("kind", [Leaky, VeryLeaky])
async def test_a_provider_that_looks_before_it_asks_who_asks_is_found_out(
    node: ZhejiangNode, kind: type[Provider]
) -> None:
    """The control: the test above would see it."""
    there, missing = await lookups(node, node.provider_of(kind), "none")

    assert tells(await measured(node.store, there, missing))


async def test_the_time_of_a_refused_search_does_not_tell_whether_there_are_certificates(node: ZhejiangNode) -> None:
    def look(holder: Holder) -> Callable[[Nouns], object]:
        asked = Query(apply_id="nothing", holder=holder, type_codes=(MINING_TYPE,))
        return lambda nouns: node.library.answer(nouns, JIANGSU, asked)

    pairs = await measured(node.store, look(HELD.holders[0]), look(NOBODY))

    assert not tells(pairs)


async def test_the_time_of_a_refused_verification_does_not_tell_whether_the_number_is_there(
    node: ZhejiangNode,
) -> None:
    verifier = InfoVerifier(provider=node.delivery._provider, standing=node.library.standing, clock=node.clock)

    def look(number: str) -> Callable[[Nouns], object]:
        asked = verified(number, "nothing", "")
        return lambda nouns: verifier.decide(nouns, consumer=JIANGSU, query=asked, exchange_id="x")

    pairs = await measured(node.store, look(SOMEBODYS.number), look(MISSING.number))

    assert not tells(pairs)


async def test_the_time_of_preparing_a_file_does_not_tell_whether_the_certificate_is_there(node: ZhejiangNode) -> None:
    """What runs before the unit that decides."""
    consumer = Consumer(node.clock)

    def look(identifier: str) -> Callable[[Nouns], object]:
        sealed = consumer.sealed(FileQuery(apply_id="nothing", use_code="", identifier=identifier), identifier)
        incoming = node.opened(sealed, FILE)
        return lambda _: at_once(node.delivery._prepare(incoming))

    pairs = await measured(node.store, look(SOMEBODYS.identifier), look(MISSING.identifier))

    assert not tells(pairs)


def at_once(work: Coroutine[Any, Any, object]) -> object:
    """The outcome of what waits for nothing."""
    try:
        work.send(None)
    except StopIteration as ended:
        return ended.value
    raise AssertionError("it waits for something")
