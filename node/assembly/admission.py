"""Who may ask what: limits, anomaly watches, the authority a query rests on, and the two judges, of own line systems and of peers' calls.

What is asked and answered once they have judged is the business of the desks and of the two sides.
"""

from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import structlog

from node.assembly.core import Core
from node.metrics import Metrics
from node.moment import new_id, utc_now
from node.ports.alarms import StoredAlarm
from node.usecases.admission.anomaly import AnomalyRules, Pauses, Watch
from node.usecases.admission.asking import Asking
from node.usecases.admission.limits import Limiter, NodeLimits, Side
from node.usecases.applying.review_queue import ReviewQueue
from node.usecases.applying.verification import Verifier
from node.usecases.consent.checking import Authority

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """The parts. `verifier` judges what peers ask of us, `asking` what our line systems ask; both watches know one table of pauses."""

    verifier: Verifier
    asking: Asking
    pauses: Pauses


def make_admission(core: Core) -> Admission:
    """Put the parts together, and take up the pauses in the store."""
    pauses = Pauses()
    pauses.load(core.store.read)
    authority = Authority(
        vault=core.vault,
        stops=core.stops,
        membership=lambda: core.directory.membership,
        accept=frozenset(core.config.consent.accept),
    )
    return Admission(
        verifier=_verifier(core, authority, pauses), asking=_asking(core, authority, pauses), pauses=pauses
    )


def _verifier(core: Core, authority: Authority, pauses: Pauses) -> Verifier:
    return Verifier(
        province=core.province,
        lists=core.lists,
        vault=core.vault,
        clock=utc_now,
        stops=core.stops,
        limiter=_limiter(core, Side.PROVIDER),
        watch=_watch(core, Side.PROVIDER, pauses),
        queue=ReviewQueue(vault=core.vault, lifetime=timedelta(seconds=core.config.reviews.lifetime)),
        tally=core.tally,
        authority=authority,
        standing=timedelta(seconds=core.config.applications.standing),
    )


def _asking(core: Core, authority: Authority, pauses: Pauses) -> Asking:
    return Asking(
        province=core.province,
        lists=core.lists,
        stops=core.stops,
        vault=core.vault,
        clock=utc_now,
        limiter=_limiter(core, Side.CONSUMER),
        watch=_watch(core, Side.CONSUMER, pauses),
        authority=authority,
        down=core.peers.down,
        clocks=core.watch.clocks,
        standing=timedelta(seconds=core.config.applications.standing),
    )


def _limiter(core: Core, side: Side) -> Limiter:
    limits = NodeLimits(**core.config.limits.model_dump())
    return Limiter(side=side, limits=limits, vault=core.vault, refused=core.metrics.limited)


def _watch(core: Core, side: Side, pauses: Pauses) -> Watch:
    """The anomaly stop of one side."""
    section = core.config.anomaly
    rules = AnomalyRules(
        holders_per_minute=section.holders_per_minute,
        source_holders_per_minute=section.source_holders_per_minute,
        mismatches_per_hour=section.mismatches_per_hour,
        night_holders_per_hour=section.night_holders_per_hour,
        night=section.night_hours,
        pause=timedelta(seconds=section.pause),
    )
    return Watch(
        side=side,
        rules=rules,
        vault=core.vault,
        recorder=core.recorder,
        new_id=new_id,
        pauses=pauses,
        raised=partial(_alarmed, core.metrics),
    )


def _alarmed(metrics: Metrics, alarm: StoredAlarm) -> None:
    """An operator is paused: counted, and in the log for whoever watches it; `certmesh alarms` shows more."""
    metrics.anomaly(alarm.kind)
    _log.warning(
        "anomaly.paused",
        alarm=alarm.alarm_id,
        side=alarm.side,
        kind=alarm.kind,
        limit=alarm.limit,
        consumer=alarm.consumer,
        app_id=alarm.app_id,
        until=alarm.until.isoformat(timespec="seconds"),
    )
