"""What goes into POST /elc/v1/use and what comes out. No rules; `node.rest.use` serves it."""

from typing import Annotated, Literal

from pydantic import Field

from federation.model.application import Output
from node.rest.application import ApplyData
from node.rest.batch import BatchRow
from node.rest.delivering import Deliver
from node.rest.envelope import Answer, AnswerModel, RefusalRow, Request
from node.rest.fields import (
    Areas,
    CertificateId,
    ConsentDocument,
    ConsentId,
    OptionalHolderCode,
    OptionalHolderType,
    OptionalNumber,
    OptionalText,
)
from node.rest.holders import StoodFor
from node.rest.search import MAX_DEADLINE_MS, SearchAnswerData

MAX_HOLDERS = 20
MAX_ROWS = 60  # certificates and outputs that one request retrieves; the others are named, to be asked for by batch


class OtherHolder(StoodFor):
    """A further holder; all else is as for the first."""

    holder_members = holder_needed = ("holder_code", "holder_type_code", "holder_name")

    holder_name: OptionalText = ""
    holder_code: OptionalHolderCode = ""
    holder_type_code: OptionalHolderType = ""
    consent: ConsentDocument = ""
    consent_id: ConsentId = ""
    delegate_code: OptionalNumber = ""
    delegate_type_code: OptionalHolderType = ""


class UseData(ApplyData):
    """An application as for /elc/v1/apply/submit, what to search under it, and what to retrieve of what is found."""

    other_holders: Annotated[tuple[OtherHolder, ...], Field(max_length=MAX_HOLDERS - 1)] = ()
    certificate_number: OptionalNumber = ""
    area_codes: Areas = Field((), description="Provinces to ask; empty: all that the line names.")
    include_invalid: bool = Field(default=False, description="List them, too; they are never retrieved.")
    deadline_ms: int | None = Field(None, ge=1, le=MAX_DEADLINE_MS, description="Of the search of each holder.")
    retrieve: Annotated[tuple[Output, ...], Field(max_length=3)] = Field(
        (), description="Which of wantedOutputs to retrieve of each valid certificate; empty: only search."
    )
    retrieve_only: Annotated[tuple[CertificateId, ...], Field(max_length=MAX_ROWS)] = Field(
        (), description="Identifiers; empty: every valid certificate that is found."
    )
    file_format: Literal["ofd", "svg", "png", "pdf"] = Field(
        "ofd", description="Of usage copies; a picture shows the first page."
    )
    deliver: Deliver = Field(Deliver.INLINE, description="Of files: INLINE, or URL.")


class HolderRow(AnswerModel):
    """What became of one holder: what was found, and each output of each certificate; or why nothing was asked."""

    holder: int = Field(description="0: the first; n: the n-th of otherHolders.")
    apply_id: str
    search: SearchAnswerData | None = None
    retrieved: tuple[BatchRow, ...] = Field((), description="`item` counts in `search.dataList`.")
    refusal: RefusalRow | None = None


class NotRetrieved(AnswerModel):
    """A certificate of `retrieveOnly` that nothing was retrieved of, and why."""

    certificate_id: str = Field(alias="certificateID")
    refusal: RefusalRow


class UseAnswerData(AnswerModel):
    """One row for each holder, in the order of the request."""

    total: int
    data_list: tuple[HolderRow, ...]
    not_retrieved: tuple[NotRetrieved, ...] = Field(
        (), description="Of retrieveOnly: what was not found for any of the holders, or is not valid."
    )


UseRequest = Request[UseData]
UseAnswer = Answer[UseAnswerData]
