"""Provinces whose lines ask for the holder's consent, and the offices that take it. Nothing here is a test."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from federation.model.application import AuthMode, Holder, Output
from node.library.holder import make_citizen_id
from node.library.invented import LAND_TYPE, MINING_TYPE
from node.ports.consenting import ConsentForm, ConsentInquiry, TakenConsent
from node.ports.services import Caller
from node.usecases.consent.taking import ConsentOffice, ConsentSigner
from tests.node.usecases.mesh import CALLER, ITEM, JIANGSU, ORG, SHANGHAI, Mesh, Province, line
from trust.consent import Channel, Mode

PERSON = Holder(code=make_citizen_id(SHANGHAI, date(1980, 2, 3), 21), type_code="111", name="持证人吴戊")
DELEGATE = Holder(code=make_citizen_id(JIANGSU, date(1990, 4, 5), 22), type_code="111", name="受托人郑己")
HOME_APP = Caller(
    app_id="holders-app", use_org_code="11310000DEMA00216X", use_org_name="随申办", consents=frozenset({Channel.HOME})
)
COUNTER_APP = replace(CALLER, consents=frozenset({Channel.COUNTER}))
EXPRESSION = "5c" * 32
HOLDER_LINE, ENTRUST_LINE, STANDING_LINE = "JS-HOLDER", "JS-ENTRUST", "JS-STANDING"
LINES = (
    line(),
    line(use_list_id=HOLDER_LINE, auth_mode="HOLDER", standing_days=20),
    line(use_list_id=ENTRUST_LINE, auth_mode="ENTRUST"),
    line(use_list_id=STANDING_LINE, standing_days=30),
)


async def consenting(folder: Path) -> Mesh:
    """The four provinces; Jiangsu has a line of each kind, accepted everywhere."""
    return await Mesh(folder).ready(LINES)


def office(province: Province) -> ConsentOffice:
    """Where the province takes consents, as `node.daemon` puts it together."""
    return ConsentOffice(
        province=province.code,
        store=province.store,
        vault=province.vault,
        stops=province.stops,
        orders=province.orders,
        recorder=province.recorder,
        clock=province.clock,
        new_id=province.new_id,
        members=lambda: province.directory.provinces,
        signer=lambda: ConsentSigner(
            certificate=province.identity.signing_certificate, sign=province.identity.document_signer.sign
        ),
    )


def asked(**changes: Any) -> ConsentForm:
    """What the person consents to in the app of the home province: the standard application of Jiangsu's hall."""
    one = ConsentForm(
        channel=Channel.HOME,
        mode=Mode.HOLDER,
        holder=PERSON,
        item_code=ITEM,
        type_codes=(MINING_TYPE, LAND_TYPE),
        outputs=(Output.FILE, Output.ORIGINAL, Output.DATA),
        grantee_province=JIANGSU,
        grantee_unit=ORG,
    )
    return replace(one, **changes)


def at_counter(**changes: Any) -> ConsentForm:
    """The same, given at Jiangsu's counter."""
    here = asked(channel=Channel.COUNTER, grantee_unit="", expression=EXPRESSION, operator="clerk-7")
    return replace(here, **changes)


async def given(mesh: Mesh, **changes: Any) -> TakenConsent:
    """A consent that the person gave at home."""
    return await office(mesh.shanghai).give(HOME_APP, asked(**changes), f"key-{mesh.shanghai.new_id()}")


async def given_at_counter(mesh: Mesh, **changes: Any) -> TakenConsent:
    """A consent that the person gave at Jiangsu's counter."""
    return await office(mesh.jiangsu).give(COUNTER_APP, at_counter(**changes), f"key-{mesh.jiangsu.new_id()}")


async def taken_back(mesh: Mesh, taken: TakenConsent) -> None:
    """The person takes a consent back at home, and everybody hears of it."""
    inquiry = ConsentInquiry(holder=PERSON, consent_id=taken.consent_id)
    back = await office(mesh.shanghai).revoke(HOME_APP, inquiry)
    assert back is None or back.state == "REVOKED"
    for one in mesh.all.values():
        for signed in tuple(mesh.shanghai.orders.book):
            if one is not mesh.shanghai:
                assert await one.orders.take(signed.to_json(), SHANGHAI) == ""


def applying(consent: bytes, **changes: Any) -> dict[str, Any]:
    """The changes that make the standard form one for the person, on the ground of this consent."""
    return {
        "use_list_id": HOLDER_LINE,
        "auth_mode": AuthMode.HOLDER,
        "holder": PERSON,
        "consent": consent,
        **changes,
    }
