"""Runs the checks one by one. A check that cannot look, or that fails, is a finding; the others go on."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from node.doctor.checks import machine, notices, own, trusted, witness
from node.doctor.collect import machine as machine_facts
from node.doctor.collect import members
from node.doctor.collect import notices as notice_facts
from node.doctor.collect import own as own_facts
from node.doctor.collect import witness as witness_facts
from node.doctor.context import Context, NotCheckableError, gather
from node.doctor.finding import Finding, State, worst
from node.logs import clean_words

Check = Callable[[Context], Iterable[Finding]]


def _check(collect: Callable[[Context], Any], judge: Callable[[Any], Iterable[Finding]]) -> Check:
    return lambda context: judge(collect(context))


CHECKS: Mapping[str, Check] = {
    "config": _check(own_facts.config, own.config),
    "crypto": _check(own_facts.engine, own.engine),
    "key files": _check(own_facts.secrets, own.secrets),
    "key pairs": _check(own_facts.pairs, own.pairs),
    "chains": _check(own_facts.chains, own.chains),
    "expiry": _check(members.expiry, trusted.expiry),
    "revocation": _check(members.revocation, trusted.revocation),
    "membership": _check(members.membership, trusted.membership),
    "peers": _check(members.membership, trusted.peers),
    "notices": _check(notice_facts.notices, notices.notices),
    "clock": _check(machine_facts.clock, machine.clock),
    "disk": _check(machine_facts.disk, machine.disk),
    "database": _check(machine_facts.database, machine.database),
    "evidence": _check(machine_facts.log, machine.log),
    "witness": _check(witness_facts.witness, witness.witness),
    "ports": _check(machine_facts.ports, machine.ports),
}
"""Every check by its name, in the order in which they are told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """All findings of one run."""

    province: str
    at: datetime
    running: bool
    findings: tuple[Finding, ...]

    @property
    def state(self) -> State:
        """The worst of them."""
        return worst(self.findings)


def examine(path: Path, *, now: datetime, offline: bool, checks: Mapping[str, Check] = CHECKS) -> Examination:
    """Look at the node of a configuration file; raises nothing for whatever is missing or broken.

    Args:
        path: the configuration file.
        now: the moment as of which things end.
        offline: ask no node and try no port.
        checks: by name.
    """
    context = gather(path, now=now, offline=offline)
    findings = [finding for name, check in checks.items() for finding in _run(name, check, context)]
    return Examination(
        province="" if context.config is None else context.config.node.province,
        at=now,
        running=context.status is not None,
        findings=tuple(findings),
    )


def _run(name: str, check: Check, context: Context) -> Iterator[Finding]:
    try:
        yield from list(check(context))
    except NotCheckableError as error:
        yield Finding(
            check=name,
            state=State.NOTICE,
            what=f"not checked: {error}",
            why="what it would have found is not known",
            todo="mend that first, then run `certmesh doctor` again",
        )
    except Exception as error:  # noqa: BLE001 - whatever is broken, the other checks must still be told
        yield Finding(
            check=name,
            state=State.CRITICAL,
            what=f"could not be checked: {type(error).__name__}: {clean_words(error)}",
            why="something is broken in a way this check does not know",
            todo="mend what the sentence names; if it names nothing, hand this line to the developers",
        )
