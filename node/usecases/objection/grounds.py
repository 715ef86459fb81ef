"""Whether the owner takes an objection: from the holder, or from a unit that was allowed to see the certificate. P5, DESIGN §2.4.

One answer for every no: there is no such certificate, or it is not for them.
"""

import json

from node.ports.certificates import StoredCertificate
from node.ports.store import Nouns
from node.usecases.retrieval.delivery import open_record
from node.vault import Vault
from trust.objection import Raised, RaisedBy


def grounded(nouns: Nouns, vault: Vault, raised: Raised, identifier: str) -> StoredCertificate | None:
    """The certificate that is objected to; None where these may not object, or there is none."""
    if vault.reference(identifier) != raised.certificate:
        return None
    if raised.by is RaisedBy.USE_ORG:
        verdict = nouns.applications.given(raised.province, raised.application)
        if verdict is None:
            return None
        return nouns.certificates.of_holder(verdict.holder_digest, verdict.type_codes, identifier)
    row = nouns.certificates.get(identifier)
    holders = () if row is None else open_record(vault, row).holders
    return row if any(vault.handle(one.type_code, one.code) == raised.holder for one in holders) else None


def baseline(vault: Vault, row: StoredCertificate) -> str:
    """A keyed digest of all that a certificate says, its file's digest among it: another one says that something was corrected."""
    told = json.dumps(open_record(vault, row).to_dict(), sort_keys=True, ensure_ascii=False)
    return vault.digest("objection baseline", row.identifier, told)
