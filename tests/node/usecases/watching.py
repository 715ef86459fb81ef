"""What provinces are given to check with: watches with bounds that no test of something else comes near, desks. Nothing here is a test."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from node.usecases.admission.anomaly import AnomalyRules, Pauses, Watch
from node.usecases.admission.limits import Side
from node.usecases.applying.review import ReviewDesk
from node.usecases.applying.verdicts import Verdicts
from node.usecases.record import Recorder
from node.vault import Vault

if TYPE_CHECKING:
    from tests.node.usecases.mesh import Province

LIFETIME = timedelta(days=5)  # of a review
RULES = AnomalyRules(holders_per_minute=25, source_holders_per_minute=60, mismatches_per_hour=25)

DEADLINE_S = (
    3.0  # of every search and application, on the real clock; a test in which somebody is silent names a shorter one
)


def watches(vault: Vault, recorder: Recorder, new_id: Callable[[], str]) -> tuple[Watch, Watch]:
    """The consumer's and the provider's; one node has one table of pauses."""
    pauses = Pauses()
    own, peer = (
        Watch(side=side, rules=RULES, vault=vault, recorder=recorder, new_id=new_id, pauses=pauses) for side in Side
    )
    return own, peer


def desk_of(one: "Province") -> ReviewDesk:
    """The reviewers' desk of a province."""
    digest = partial(one.vault.digest, "manager")
    return ReviewDesk(store=one.store, vault=one.vault, recorder=one.recorder, clock=one.clock, digest=digest)


def verdicts_of(one: "Province") -> Verdicts:
    """S4 at a province."""
    return Verdicts(
        store=one.store,
        mail=one.post,
        applications=one.applications,
        verifier=one.verifier,
        asking=one.asking,
        recorder=one.recorder,
        clock=one.clock,
        new_id=one.new_id,
        provinces=lambda: tuple(sorted({*one.directory.provinces, one.code})),
        deadline_s=DEADLINE_S,
    )
