"""The lists of this province and its copies of the peers': how versions travel, and the workshop they come from. Clauses 6 and 9.

What the lists allow is `admission`'s matter.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from federation.peers import Work
from node import publication_keys
from node.assembly.core import Core
from node.assembly.links import Links
from node.library.codes import default_codes
from node.library.dates import CHINA
from node.lists.problem import Problem
from node.lists.rules import problems
from node.moment import new_id, utc_now
from node.ports.lists import Kind
from node.usecases.publication.exchanging import Publications
from node.usecases.workshop.assembled import Workshop, make_workshop


@dataclass(frozen=True, slots=True, kw_only=True)
class Publishing:
    """The parts."""

    publications: Publications
    workshop: Workshop


def make_publishing(core: Core, links: Links) -> Publishing:
    """Put the parts together."""
    publications = _publications(core, links)
    return Publishing(
        publications=publications,
        workshop=make_workshop(
            province=core.province,
            store=core.store,
            lists=core.lists,
            recorder=core.recorder,
            clock=utc_now,
            digest=partial(core.vault.digest, "manager"),
            check=partial(_check_entry, core.province),
            publisher=publications,
            provinces=core.members,
            accept=core.config.lists.decide == "conforming",
        ),
    )


def _publications(core: Core, links: Links) -> Publications:
    return Publications(
        province=core.province,
        store=core.store,
        exchange=links.exchange,
        mail=links.post,
        peers=links.client,
        lists=core.lists,
        recorder=core.recorder,
        exhibits=links.exhibits,
        clock=utc_now,
        new_id=new_id,
        sign=publication_keys.signer(core.base.own),
        verify=publication_keys.verifier(core.directory),
        key_listed=publication_keys.listed(core.directory, core.province),
        others=core.others,
        wake=partial(core.peers.wake, work=Work.SYNC),
        bar=links.bar,
    )


def _check_entry(province: str, kind: Kind, raw: Mapping[str, Any]) -> Sequence[Problem]:
    """What the rules say of an entry of ours, by the codes of today."""
    return problems(kind, raw, province=province, codes=default_codes(), today=utc_now().astimezone(CHINA).date())
