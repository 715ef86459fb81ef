"""Whose keys count in a bundle, and until when: by its membership chain and the revocation lists. DESIGN §4.

The clock of the reader plays no part: a certificate counts for what it signed while the chain listed it, however long ago that was. A key
that was given up in an ordinary rotation counts for what is dated before its end. One that may be in other hands counts only for what
somebody else is on record to have seen before that date: its own dates can be anybody's.

A certificate may have been renewed on the same key. Whoever lost the key lost it under every one of them; it ends with the last.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from federation.proof_bundle.chain import Chain
from federation.proof_bundle.flaw import FlawError
from trust.envelope import MAX_SKEW
from trust.errors import IdentityError
from trust.gm import PublicKey
from trust.identity import Certificate, Crl, Revocation, read_crl
from trust.membership import Key, instant


def revocations(lists: Mapping[str, bytes], chain: Chain) -> dict[str, Crl]:
    """The revocation lists by province; `lists` by part. Each is signed by a CA that a version of the chain names for the province.

    Raises:
        FlawError: one is not.
    """
    return {part[4:10]: _crl(part, data, chain) for part, data in lists.items()}


def newer(found: Mapping[str, Crl], brought: Iterable[bytes], chain: Chain) -> dict[str, Crl]:
    """The revocation lists with those that the reader brings, each of the province whose CA signed it: of two the newer.

    Raises:
        FlawError: one was signed by no CA of the chain.
    """
    whole = dict(found)
    for data in brought:
        try:
            one = read_crl(data)
        except IdentityError as error:
            raise FlawError("", "所附吊销列表无法读取", f"a revocation list that was brought: {error}") from error
        whose = [
            code
            for code in sorted({code for link in chain.links for code in link.by_province})
            if _signed(one, code, chain)
        ]
        if not whose:
            raise FlawError(
                "", "所附吊销列表不是成员CA签发的", "no CA of a member signed a revocation list that was brought"
            )
        whole |= {code: one for code in whose if code not in whole or whole[code].this_update < one.this_update}
    return whole


def _crl(part: str, data: bytes, chain: Chain) -> Crl:
    try:
        found = read_crl(data)
    except IdentityError as error:
        raise FlawError(part, "吊销列表无法读取", str(error)) from error
    if not _signed(found, part[4:10], chain):
        raise FlawError(part, "吊销列表不是该省（市）CA签发的", "no CA of the province signed the revocation list")
    return found


def _signed(crl: Crl, province: str, chain: Chain) -> bool:
    """Whether a CA that a version of the chain names for the province signed a list."""
    for pem in {one.by_province[province].ca for one in chain.links if province in one.by_province}:
        try:
            crl.verify(Certificate.from_pem(pem))
        except IdentityError:
            continue
        return True
    return False


class Keys:
    """The signing keys of every province, with what is known of their ends."""

    def __init__(self, chain: Chain, crls: Mapping[str, Crl]) -> None:
        """`crls` by province."""
        self._crls = crls
        self._lines = {key.key_id: key for member in chain.newest.members for key in member.keys}
        self._certificates: dict[str, dict[str, Certificate]] = {}
        for membership in chain.links:
            for member in membership.members:
                known = self._certificates.setdefault(member.province, {})
                listed = {one.fingerprint: one for one in member.signing_certificates}
                known |= {name: one for name, one in listed.items() if name in self._lines}

    def of(self, province: str) -> Sequence[Certificate]:
        """Every signing certificate that the province ever had, those that count and those that do not."""
        return tuple(self._certificates.get(province, {}).values())

    def same_key(self, certificate: Certificate) -> Sequence[Certificate]:
        """Every certificate that the province ever had on the key of this one."""
        point = certificate.public_key.point
        return tuple(one for one in self.of(certificate.province) if one.public_key.point == point)

    def public(self) -> dict[str, tuple[PublicKey, ...]]:
        """Their keys, by province, each once."""
        return {
            province: tuple({one.public_key.point: one.public_key for one in found.values()}.values())
            for province, found in self._certificates.items()
        }

    def lost_at(self, certificate: Certificate) -> datetime | None:
        """Since when the key of a certificate may be in other hands; None where nothing says so."""
        lost = (self._lost_at(one) for one in self.same_key(certificate))
        return min((at for at in lost if at is not None), default=None)

    def _lost_at(self, certificate: Certificate) -> datetime | None:
        line, revocation = self._line(certificate), self._revocation(certificate)
        moments = [instant(line.until)] if line.burnt else []
        if revocation is not None and revocation.compromised:
            moments.append(revocation.at)
        return min(moments, default=None)

    def ended_at(self, certificate: Certificate) -> datetime | None:
        """Since when the key of a certificate is not to be used any more, whatever the reason; None while any on it is listed."""
        ends = [self._ended_at(one) for one in self.same_key(certificate)]
        return None if None in ends else max(at for at in ends if at is not None)

    def _ended_at(self, certificate: Certificate) -> datetime | None:
        line, revocation = self._line(certificate), self._revocation(certificate)
        moments = [instant(line.until)] if line.until else []
        if revocation is not None:
            moments.append(revocation.at)
        return min(moments, default=None)

    def check(self, part: str, certificate: Certificate, *, stated: datetime, seen: datetime | None) -> None:
        """That a signature with the key of a certificate counts which states this time, and which others saw at `seen` (None: nobody did).

        Raises:
            FlawError: it does not.
        """
        lost, ended = self.lost_at(certificate), self.ended_at(certificate)
        if ended is not None and stated > ended + MAX_SKEW:
            raise FlawError(
                part, "签名所称时间在密钥停用之后", f"dated after its key was given up ({ended.isoformat()})"
            )
        if lost is not None and (seen is None or seen > lost):
            raise FlawError(
                part,
                "签名密钥后来失密，而失密之前没有其他省（市）见证过这一日志头",
                f"its key may be in other hands since {lost.isoformat()}, and nobody else saw it signed before",
            )

    def witnesses(self, certificate: Certificate, at: datetime) -> bool:
        """Whether the word of this certificate's key counts that it saw something at a time: whoever has a lost key can state any time."""
        ended = self.ended_at(certificate)
        return self.lost_at(certificate) is None and (ended is None or at <= ended + MAX_SKEW)

    def _line(self, certificate: Certificate) -> Key:
        return self._lines[certificate.fingerprint]

    def _revocation(self, certificate: Certificate) -> Revocation | None:
        crl = self._crls.get(certificate.province)
        return None if crl is None or crl.issuer != certificate.issuer else crl.entries.get(certificate.serial)
