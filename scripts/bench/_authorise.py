"""The authorisation check of a provider over a large use list: the lists in SQLite as a node keeps them, applications on lines at random.

What is measured is `Verifier`'s own checks 3, 4, 5 and 7 of clause 7.3, from the look-up of line, decision and catalogue to the last limit;
not the messages around them, nor the form of the application, nor the evidence entry.
"""

import random
import time
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from federation.model.application import Application, AuthMode, Holder, Operator, Output
from federation.model.publication import sign_payload
from federation.model.uselist import content_digest
from node.library.invented import STORY_HOLDER
from node.moment import new_id, utc_now
from node.ports.lists import Kind
from node.storage.sqlite import open_sqlite
from node.usecases.admission.anomaly import AnomalyRules, Watch
from node.usecases.admission.checks import first_refusal
from node.usecases.admission.limits import Limiter, NodeLimits, Side
from node.usecases.applying.review_queue import ReviewQueue
from node.usecases.applying.verification import Verifier
from node.usecases.consent.checking import Authority
from node.usecases.line_statistics import Tally
from node.usecases.lists import Lists
from node.usecases.publication.own import OwnLists
from node.usecases.publication.readable import Readable
from node.usecases.publication.staging import Staging
from node.usecases.record import Recorder
from node.usecases.stops import Stops
from node.vault import Vault
from trust.gm import PrivateKey
from trust.membership import Membership

CONSUMER, PROVIDER = "320000", "330000"


def _no_membership() -> Membership:
    """The load is of DUTY: no consent is looked at."""
    raise AssertionError


async def authorised(
    folder: Path, types: Sequence[dict[str, Any]], lines: Sequence[dict[str, Any]], count: int
) -> tuple[list[float], list[float]]:
    """Seconds of `count` checks on lines at random, and of as many on one line that was looked up before.

    Raises:
        RuntimeError: a check refused: then nothing was measured.
    """
    store = await open_sqlite(folder / "authorise.db", sign_checkpoint=lambda _size, _root: b"")
    lists, vault = Lists(lambda: store.read.publications), Vault(bytes(32), "00" * 32)
    key = PrivateKey.generate()
    for kind, province, entries in (
        (Kind.CATALOGUE, PROVIDER, [{**one, "province_code": PROVIDER} for one in types]),
        (Kind.USELIST, CONSUMER, lines),
        (Kind.DECISIONS, PROVIDER, [_accepted(one) for one in lines]),
    ):
        publishing = OwnLists(
            province=province,
            store=store,
            staging=Staging(store),
            lists=lists,
            readable=Readable(store),
            recorder=Recorder(province, utc_now),
            clock=utc_now,
            sign=lambda payload, kind: sign_payload(payload, kind=kind.value, key_id="00" * 32, signer=key.sign),
        )
        await publishing.publish(kind, entries, founding=False)
    stops = Stops()
    verifier = Verifier(
        province=PROVIDER,
        lists=lists,
        vault=vault,
        clock=utc_now,
        stops=stops,
        limiter=Limiter(side=Side.PROVIDER, limits=NodeLimits(), vault=vault),
        watch=Watch(
            side=Side.PROVIDER,
            rules=AnomalyRules(),
            vault=vault,
            recorder=Recorder(PROVIDER, utc_now),
            new_id=new_id,
        ),
        queue=ReviewQueue(vault=vault, lifetime=timedelta(days=1)),
        tally=Tally(lists=lists, clock=utc_now),
        authority=Authority(vault=vault, stops=stops, membership=_no_membership),
    )
    applications = [_application(random.choice(lines)) for _ in range(count)]  # noqa: S311 - a load, not a secret
    try:
        spread = [await store.transact(partial(_check, verifier, one)) for one in applications]
        repeated = [await store.transact(partial(_check, verifier, applications[0])) for _ in range(count)]
    finally:
        await store.close()
    return spread, repeated


def _check(verifier: Verifier, application: Application, nouns: Any) -> float:
    """One decision without its records; the line's limits are looked at and not used up, so that every round is admitted."""
    start = time.perf_counter()
    case = verifier.case(CONSUMER, application)
    steps = verifier.list_steps(partial(verifier.watch.look, nouns), partial(verifier.limiter.look, nouns))
    refusal = first_refusal(steps, case)
    elapsed = time.perf_counter() - start
    if refusal is not None:
        raise RuntimeError(f"refused: {refusal.reason} {refusal.detail}")
    return elapsed


def _accepted(line: dict[str, Any]) -> dict[str, Any]:
    return {
        "decision_id": f"{CONSUMER}/{line['use_list_id']}/{line['version']}",
        "version": 1,
        "status": "ACCEPTED",
        "consumer": CONSUMER,
        "use_list_id": line["use_list_id"],
        "line_version": line["version"],
        "line_digest": content_digest(line),
    }


def _application(line: dict[str, Any]) -> Application:
    return Application(
        apply_id="bench",
        use_list_id=line["use_list_id"],
        use_list_version=line["version"],
        use_org_code=line["use_org_code"],
        use_org_name=line["use_org_name"],
        operator=Operator(account="bench", name="样例"),
        use_cause=line["purpose"],
        item_code=line["item_code"],
        item_name=line["item_name"],
        business_code=line["business_code"],
        biz_num="1",
        app_id=line["app_ids"][0],
        holder=Holder(code=STORY_HOLDER.code, type_code=STORY_HOLDER.type_code),
        type_codes=tuple(line["type_codes"]),
        auth_mode=AuthMode(line["auth_mode"]),
        outputs=(Output.FILE,),
        fields=(),
        requested_at=utc_now(),
    )
