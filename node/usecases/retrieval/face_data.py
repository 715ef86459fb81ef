"""The face data of a certificate as it leaves: the columns that are allowed, and the digest of the mask. Clause 8.3."""

from typing import Any

from node.usecases.retrieval.delivery import Granted
from trust import gm


def face_data(granted: Granted, wanted: tuple[str, ...]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The allowed part of a record in the names of S6, and the columns it delivers: wanted and allowed, nothing else."""
    allowed = set(granted.verdict.fields)
    columns = [one for one in granted.record.face if one.column in allowed and (not wanted or one.column in wanted)]
    row = granted.row
    data = {
        "certificateIdentifier": row.identifier,
        "certificateName": row.name,
        "certificateType": row.type_name,
        "certificateTypeCode": row.type_code,
        "certificateNumber": row.number,
        "issueDept": row.issuer_name,
        "issueDeptCode": row.issuer_code,
        "issueDate": row.issued,
        "certificateValidateStart": row.valid_from,
        "certificateValidateEnd": row.valid_until,
        "status": row.status,
        "sourceDigest": row.file_sm3,
        "surface": [
            {"name": one.name, "columnName": one.column, "value": one.value, "valueType": one.value_type}
            for one in columns
        ],
    }
    return data, tuple(sorted(one.column for one in columns))


def mask_digest(columns: tuple[str, ...]) -> bytes:
    """SM3 over the sorted column names, one a line: what was delivered, without what it said."""
    return gm.sm3("\n".join(columns).encode())
