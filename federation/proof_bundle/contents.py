"""What the entries bind, opened: application, verdict, face data, consent, each compared with the commitment or digest in both entries.

    contents/salts.json   {"application":hex, "verdict":hex, "data":hex}: a salt for each content that is in the bundle

A content that is not in the bundle is not missed: its commitment stands in the entries all the same.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from federation.proof_bundle.flaw import FlawError
from federation.proof_bundle.logs import Proven
from federation.proof_bundle.members import Keys
from trust import canonical, consent, gm
from trust.commitment import SALT_BYTES, Opening
from trust.consent import PAYLOAD_TYPE
from trust.envelope import pae
from trust.errors import ConsentError

SALTS, CONSENT = "contents/salts.json", "consent.json"


def part_of(label: str) -> str:
    """The part that holds the content of a label."""
    return f"contents/{label}.json"


def salts_document(openings: Mapping[str, Opening]) -> bytes:
    """The salts of the contents in a bundle, by label."""
    return canonical.dumps({label: one.salt.hex() for label, one in openings.items()})


def salts_of(parts: Mapping[str, bytes]) -> dict[str, bytes]:
    """The salts by label: exactly one for each content that is there.

    Raises:
        FlawError: one is missing, or none.
    """
    there = {label for label in ("application", "verdict", "data") if part_of(label) in parts}
    if SALTS not in parts:
        if there:
            raise FlawError(
                part_of(min(there)), "内容缺少盐值，无法与承诺核对", "a content without a salt opens nothing"
            )
        return {}
    try:
        raw = canonical.loads(parts[SALTS])
        salts = {str(label): bytes.fromhex(salt) for label, salt in raw.items()}
    except (ValueError, TypeError, AttributeError) as error:
        raise FlawError(SALTS, "盐值格式有误", f"not salts: {type(error).__name__}") from error
    if set(salts) != there or any(len(one) != SALT_BYTES for one in salts.values()):
        raise FlawError(SALTS, "盐值与内容不对应", "there is not one salt for each content")
    return salts


def opened(parts: Mapping[str, bytes], salts: Mapping[str, bytes], label: str, commitments: Mapping[str, str]) -> Any:
    """What a content says, which opens each of these commitments (hex, by the part of the entry that holds it).

    Raises:
        FlawError: it does not, or is no JSON.
    """
    part = part_of(label)
    opening = Opening(label=label, salt=salts[label], content=parts[part])
    for entry, commitment in commitments.items():
        if not opening.opens(commitment):
            raise FlawError(part, "内容与存证条目中的承诺不符", f"it is not what the entry {entry} binds")
    try:
        return read_json(parts[part])
    except (ValueError, RecursionError) as error:
        raise FlawError(part, "内容无法读取", "not JSON, or no text that can be written") from error


def read_json(data: bytes) -> Any:
    """What a member's document says; whatever it says can be written again: JSON can name halves of characters that no encoding has.

    Raises:
        ValueError: not JSON, or such a half is in it.
        RecursionError: nested too deep.
    """
    said = json.loads(data)
    json.dumps(said, ensure_ascii=False).encode()
    return said


def check_consent(
    document: bytes, digest: str, application: Mapping[str, Any] | None, entry: Proven, keys: Keys
) -> str:
    """The consent is the one that the entry names, and was signed by the province that took it; returns that province.

    Raises:
        FlawError: it is not.
    """
    try:
        signed = consent.read(document)
    except ConsentError as error:
        raise FlawError(CONSENT, "授权凭据无法读取", str(error)) from error
    if signed.digest != digest:
        raise FlawError(CONSENT, "授权凭据与存证条目所记摘要不符", "it is not the consent that the entry names")
    if application is not None and application.get("consent_sm3") != gm.sm3(document).hex():
        raise FlawError(
            CONSENT, "授权凭据与申请所附的不是同一份", "it is not the document that the application carried"
        )
    province = signed.consent.province
    listed = tuple(one for one in keys.of(province) if one.fingerprint == signed.key_id)
    if not listed:
        raise FlawError(
            CONSENT, "授权凭据的签名密钥不属于该省（市）", f"not signed with a key that {province} ever had"
        )
    if not listed[0].public_key.verify(pae(PAYLOAD_TYPE, signed.payload), signed.signature):
        raise FlawError(CONSENT, "授权凭据的签名不成立", "the signature does not fit what is consented to")
    taken = datetime.fromisoformat(signed.consent.taken)
    keys.check(CONSENT, listed[0], stated=taken, seen=entry.seen[0][1] if entry.seen else None)
    return province
