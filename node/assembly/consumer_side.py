"""What line systems get: search in all provinces, data and files of certificates, their downloads, and the check of what they were shown.

Each rests on an application (`desks`); what our own province holds comes from `provider_side`.
"""

from dataclasses import dataclass
from datetime import timedelta

from node.assembly.admission import Admission
from node.assembly.core import Core
from node.assembly.desks import Desks
from node.assembly.links import Links
from node.assembly.provider_side import ProviderSide
from node.library.shelf import Shelf
from node.library.spool import Spool
from node.moment import new_id, utc_now
from node.usecases.applying.verdicts import Verdicts
from node.usecases.holder_log.consumer import WishLog
from node.usecases.presented.file import FileVerification
from node.usecases.presented.info import InfoVerification
from node.usecases.retrieval.consumer import RetrievalConsumer
from node.usecases.retrieval.downloads import Downloads
from node.usecases.retrieval.naming import Naming
from node.usecases.retrieval.own import OwnRetrieval
from node.usecases.retrieval.previews import Previews
from node.usecases.retrieval.reception import Receiver
from node.usecases.retrieval.wish import Wishes
from node.usecases.search.fused import SearchConsumer
from node.usecases.use import Uses


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumerSide:
    """The parts."""

    search: SearchConsumer
    uses: Uses
    spool: Spool
    retrieval: RetrievalConsumer
    downloads: Downloads
    verification: FileVerification
    info_verification: InfoVerification


def make_consumer_side(
    core: Core, links: Links, admission: Admission, desks: Desks, provider_side: ProviderSide
) -> ConsumerSide:
    """Put the parts together."""
    search = _search(core, links, admission, provider_side)
    wishes = _wishes(core, admission, desks.verdicts)
    spool = Spool(core.config.node.data / "spool")
    return ConsumerSide(
        search=search,
        uses=Uses(submissions=desks.submissions, search=search),
        spool=spool,
        retrieval=_retrieval(core, links, provider_side, search, wishes, spool),
        downloads=_downloads(core, wishes),
        verification=FileVerification(
            documents=core.documents, store=core.store, recorder=core.recorder, clock=utc_now, new_id=new_id
        ),
        info_verification=_info_verification(core, links, admission, provider_side, search, wishes),
    )


def _search(core: Core, links: Links, admission: Admission, provider_side: ProviderSide) -> SearchConsumer:
    return SearchConsumer(
        store=core.store,
        mail=links.post,
        peers=links.client,
        library=provider_side.library,
        verifier=admission.verifier,
        asking=admission.asking,
        recorder=core.recorder,
        new_id=new_id,
        provinces=core.members,
        deadline_s=core.config.search.deadline,
    )


def _wishes(core: Core, admission: Admission, verdicts: Verdicts) -> Wishes:
    return Wishes(
        store=core.store,
        clock=utc_now,
        vault=core.vault,
        recorder=core.recorder,
        new_id=new_id,
        province=core.province,
        stops=core.stops,
        still=admission.asking.still,
        down=core.peers.down,
        paused=admission.asking.paused,
        runs_out=admission.asking.runs_out,
        renew=verdicts.current,
    )


def _retrieval(
    core: Core, links: Links, provider_side: ProviderSide, search: SearchConsumer, wishes: Wishes, spool: Spool
) -> RetrievalConsumer:
    return RetrievalConsumer(
        province=core.province,
        store=core.store,
        mail=links.post,
        peers=links.client,
        wishes=wishes,
        naming=Naming(search=search),
        own=OwnRetrieval(
            province=core.province,
            store=core.store,
            provider=provider_side.provider,
            handout=provider_side.handout,
            recorder=core.recorder,
            contents=core.contents,
        ),
        receiver=Receiver(documents=core.documents, vault=core.vault, clock=utc_now),
        previews=Previews(spool=spool, store=core.store, recorder=core.recorder),
        signing_keys=core.directory.rotated_signing_keys,
        tally=core.tally,
        wish_log=_wish_log(core),
        spool=spool,
        vault=core.vault,
        contents=core.contents,
        recorder=core.recorder,
        timeout_s=core.config.retrieval.data_timeout,
        file_timeout_s=core.config.retrieval.file_timeout,
    )


def _wish_log(core: Core) -> WishLog:
    return WishLog(province=core.province, index=core.holder_index, clock=utc_now)


def _downloads(core: Core, wishes: Wishes) -> Downloads:
    return Downloads(
        store=core.store,
        shelf=Shelf(core.config.node.data / "downloads"),
        vault=core.vault,
        recorder=core.recorder,
        clock=utc_now,
        lifetime=timedelta(seconds=core.config.retrieval.url_lifetime),
        stopped=wishes.stopped,
    )


def _info_verification(
    core: Core,
    links: Links,
    admission: Admission,
    provider_side: ProviderSide,
    search: SearchConsumer,
    wishes: Wishes,
) -> InfoVerification:
    return InfoVerification(
        province=core.province,
        store=core.store,
        mail=links.post,
        peers=links.client,
        wishes=wishes,
        naming=Naming(search=search),
        verifier=provider_side.info_verifier,
        recorder=core.recorder,
        tally=core.tally,
        wish_log=_wish_log(core),
        timeout_s=core.config.retrieval.data_timeout,
        holder_digest=core.vault.holder_digest,
        may_hold=lambda line_id, type_code: admission.asking.may_hold(line_id, type_code, core.members()),
    )
