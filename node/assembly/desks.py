"""Where a use begins: applications and their verdicts, consents, holders stood for, and the reviews of those who decide by hand.

Certificates are named, fetched and given out elsewhere (`consumer_side`, `provider_side`).
"""

from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from node.assembly.admission import Admission
from node.assembly.core import Core
from node.assembly.links import Links
from node.moment import new_id, utc_now
from node.usecases.applying.application import ApplicationConsumer
from node.usecases.applying.review import ReviewDesk
from node.usecases.applying.submission import Submissions
from node.usecases.applying.verdicts import Verdicts
from node.usecases.consent.taking import ConsentOffice, ConsentSigner
from node.usecases.holder_mint import Mint
from node.usecases.holders import Holders
from node.usecases.orders import Orders
from node.usecases.turns import PATIENCE_S, Turns
from trust.local import LocalIdentity


@dataclass(frozen=True, slots=True, kw_only=True)
class Desks:
    """The parts."""

    applications: ApplicationConsumer
    verdicts: Verdicts
    submissions: Submissions
    consents: ConsentOffice
    mint: Mint
    holders: Holders
    reviews: ReviewDesk


def make_desks(core: Core, links: Links, admission: Admission, orders: Orders) -> Desks:
    """Put the parts together."""
    applications = _applications(core, links, admission)
    verdicts = _verdicts(core, links, admission, applications)
    mint = Mint(vault=core.vault, clock=utc_now, lifetime=timedelta(seconds=core.config.holders.handle_lifetime))
    return Desks(
        applications=applications,
        verdicts=verdicts,
        submissions=Submissions(
            store=core.store,
            vault=core.vault,
            applications=applications,
            verdicts=verdicts,
            turns=Turns(core.config.search.deadline + PATIENCE_S),
        ),
        consents=_consents(core, orders),
        mint=mint,
        holders=_holders(core, links, mint),
        reviews=ReviewDesk(
            store=core.store,
            vault=core.vault,
            recorder=core.recorder,
            clock=utc_now,
            digest=partial(core.vault.digest, "manager"),
        ),
    )


def _applications(core: Core, links: Links, admission: Admission) -> ApplicationConsumer:
    return ApplicationConsumer(
        store=core.store,
        mail=links.post,
        peers=links.client,
        verifier=admission.verifier,
        asking=admission.asking,
        tally=core.tally,
        recorder=core.recorder,
        clock=utc_now,
        new_id=new_id,
        provinces=core.members,
        deadline_s=core.config.search.deadline,
    )


def _verdicts(core: Core, links: Links, admission: Admission, applications: ApplicationConsumer) -> Verdicts:
    return Verdicts(
        store=core.store,
        mail=links.post,
        applications=applications,
        verifier=admission.verifier,
        asking=admission.asking,
        recorder=core.recorder,
        clock=utc_now,
        new_id=new_id,
        provinces=core.members,
        deadline_s=core.config.search.deadline,
    )


def _consents(core: Core, orders: Orders) -> ConsentOffice:
    return ConsentOffice(
        province=core.province,
        store=core.store,
        vault=core.vault,
        stops=core.stops,
        orders=orders,
        recorder=core.recorder,
        clock=utc_now,
        new_id=new_id,
        members=core.members,
        signer=lambda: _signer(core.base.identity),
        lifetime=timedelta(seconds=core.config.consent.lifetime),
    )


def _signer(identity: LocalIdentity) -> ConsentSigner:
    return ConsentSigner(certificate=identity.signing_certificate, sign=identity.document_signer.sign)


def _holders(core: Core, links: Links, mint: Mint) -> Holders:
    return Holders(
        province=core.province,
        store=core.store,
        mail=links.post,
        peers=links.client,
        mint=mint,
        recorder=core.recorder,
        members=core.members,
        new_id=new_id,
        timeout_s=core.config.search.deadline,
    )
