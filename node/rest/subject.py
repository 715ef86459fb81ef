"""Which certificate a retrieval is of: by its identifier, or by holder, type and number. REQUIREMENTS S6: either group suffices."""

from pydantic import Field

from federation.model.application import Holder
from federation.model.refusal import Reason
from node.ports.retrieving import Named, RetrieveForm
from node.rest.errors import EdgeError
from node.rest.fields import (
    CertificateId,
    OptionalArea,
    OptionalHolderCode,
    OptionalHolderType,
    OptionalNumber,
    OptionalText,
    OptionalWord,
)
from node.rest.holders import StoodFor

_BAD_REQUEST = 400
_GROUP_B = "data: certificateID, or else certificateHolderCode, certificateHolderTypeCode, certificateTypeCode and certificateNumber"


class Subject(StoodFor):
    """One certificate. Where the identifier is given it counts, and the other group is not read."""

    certificate_id: CertificateId = Field("", alias="certificateID")
    certificate_holder_code: OptionalHolderCode = ""
    certificate_holder_type_code: OptionalHolderType = ""
    certificate_holder_name: OptionalText = ""
    certificate_type_code: OptionalWord = ""
    certificate_number: OptionalNumber = ""
    node_id: OptionalArea = Field("", description="The province that holds it; empty: the one that the search named.")


def form_of(subject: Subject, apply_id: str, key: str) -> RetrieveForm:
    """The wish for this certificate.

    Raises:
        EdgeError: 400; neither group is whole.
    """
    named = None if subject.certificate_id else _named(subject)
    return RetrieveForm(
        apply_id=apply_id, identifier=subject.certificate_id, named=named, province=subject.node_id, key=key
    )


def _named(subject: Subject) -> Named:
    group = (subject.certificate_holder_type_code, subject.certificate_type_code, subject.certificate_number)
    if not all(group) or not subject.certificate_holder_code:
        raise EdgeError(_BAD_REQUEST, Reason.MISSING_PARAMETER, _GROUP_B)
    return Named(
        holder=Holder(
            code=subject.certificate_holder_code,
            type_code=subject.certificate_holder_type_code,
            name=subject.certificate_holder_name,
        ),
        type_code=subject.certificate_type_code,
        number=subject.certificate_number,
    )
