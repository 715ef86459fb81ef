"""What is claimed, and against which certificate: kept sealed behind the commitment that the signed objection holds. P5, DESIGN §2.8.

It goes to the owner alone, sealed. Who erases it (`node.ports.contents`) leaves signatures and evidence as they are.
"""

from dataclasses import dataclass, field
from datetime import datetime

from node.ports.contents import StoredContent
from node.ports.store import Nouns
from node.vault import Vault
from trust import canonical
from trust.commitment import SALT_BYTES, Opening, new_salt
from trust.errors import EvidenceError
from trust.objection import CLAIM

MAX_CLAIM = 1_000  # characters
MAX_IDENTIFIER = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The certificate's identifier, and the words of who objects. Personal data: not in the repr."""

    identifier: str = field(repr=False)
    words: str = field(repr=False)

    def opening(self) -> Opening:
        """With a salt of its own."""
        content = canonical.dumps({"identifier": self.identifier, "claim": self.words})
        return Opening(label=CLAIM, salt=new_salt(), content=content)


def read_claim(opening: Opening, commitment: str) -> Claim:
    """The claim that a commitment is to.

    Raises:
        ValueError: it does not open this commitment, or is no claim.
    """
    try:
        if not opening.opens(commitment):
            raise ValueError("it does not open the objection's commitment")
        raw = canonical.loads(opening.content)
        identifier, words = raw["identifier"], raw["claim"]
    except (EvidenceError, KeyError, TypeError) as error:
        raise ValueError("what is claimed cannot be read") from error
    if not isinstance(identifier, str) or not isinstance(words, str) or len(raw) != len({"identifier", "claim"}):
        raise ValueError("what is claimed has an identifier and a claim")
    if not 0 < len(identifier) <= MAX_IDENTIFIER or not 0 < len(words) <= MAX_CLAIM:
        raise ValueError(f"the claim has 1 to {MAX_CLAIM} characters")
    return Claim(identifier=identifier, words=words)


def keep(nouns: Nouns, vault: Vault, objection_id: str, opening: Opening, now: datetime) -> None:
    """Keep salt and content, as `Keeper` of the contents does."""
    sealed = vault.seal(opening.salt + opening.content, _place(opening.commitment))
    nouns.contents.put(
        StoredContent(
            commitment=opening.commitment,
            label=opening.label,
            subject=objection_id,
            exchange_id=f"objection-{objection_id}",
            sealed=sealed,
            kept_at=now,
        )
    )


def kept(nouns: Nouns, vault: Vault, commitment: str) -> Opening | None:
    """Salt and content, if they were ever here and are not erased."""
    stored = nouns.contents.get(commitment)
    if stored is None or not stored.sealed:
        return None
    plain = vault.open(stored.sealed, _place(commitment))
    return Opening(label=stored.label, salt=plain[:SALT_BYTES], content=plain[SALT_BYTES:])


def _place(commitment: str) -> bytes:
    return b"content\x1f" + commitment.encode()
