"""Watches of both sides, with bounds that no test of something else comes near. Nothing here is a test."""

from collections.abc import Callable

from node.usecases.admission.anomaly import AnomalyRules, Pauses, Watch
from node.usecases.admission.limits import Side
from node.usecases.record import Recorder
from node.vault import Vault

RULES = AnomalyRules(holders_per_minute=25, mismatches_per_hour=25)


def watches(vault: Vault, recorder: Recorder, new_id: Callable[[], str]) -> tuple[Watch, Watch]:
    """The consumer's and the provider's; one node has one table of pauses."""
    pauses = Pauses()
    own, peer = (
        Watch(side=side, rules=RULES, vault=vault, recorder=recorder, new_id=new_id, pauses=pauses) for side in Side
    )
    return own, peer
