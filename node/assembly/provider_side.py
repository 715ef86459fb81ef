"""What this province gives out of its own library: search results, data and files. Used by the peer port, and by its own line systems.

Fetching from other provinces is `consumer_side`.
"""

from dataclasses import dataclass
from datetime import timedelta

from node.assembly.admission import Admission
from node.assembly.core import Core
from node.assembly.telling import Telling
from node.library.documents import MAX_WHOLE
from node.library.files import FileStore
from node.moment import new_id, utc_now
from node.usecases.presented.info_provider import InfoVerifier
from node.usecases.retrieval.delivery import Provider
from node.usecases.retrieval.handout import Handout
from node.usecases.retrieval.space import Space
from node.usecases.search.local import Library


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderSide:
    """The parts."""

    library: Library
    provider: Provider
    info_verifier: InfoVerifier
    copies: FileStore
    handout: Handout


def make_provider_side(core: Core, admission: Admission, telling: Telling) -> ProviderSide:
    """Put the parts together."""
    library = Library(
        province=core.province,
        lists=core.lists,
        vault=core.vault,
        clock=utc_now,
        stops=core.stops,
        pauses=admission.pauses,
        tally=core.tally,
    )
    provider = _provider(core, library, telling)
    copies = core.base.copies()
    return ProviderSide(
        library=library,
        provider=provider,
        info_verifier=InfoVerifier(provider=provider, standing=library.standing, clock=utc_now),
        copies=copies,
        handout=_handout(core, copies),
    )


def _provider(core: Core, library: Library, telling: Telling) -> Provider:
    return Provider(
        province=core.province,
        members=core.members,
        vault=core.vault,
        recorder=core.recorder,
        clock=utc_now,
        new_id=new_id,
        wake=telling.wake,
        teller=telling.teller,
        standing=library.standing,
        tally=core.tally,
        index=core.holder_index,
    )


def _handout(core: Core, copies: FileStore) -> Handout:
    return Handout(
        store=core.store,
        documents=core.documents,
        originals=core.base.files(),
        copies=copies,
        vault=core.vault,
        clock=utc_now,
        lifetime=timedelta(seconds=core.config.documents.copy_lifetime),
        space=Space(MAX_WHOLE),
    )
