"""The sentences of a report, in Chinese and English, and what each of them does to the verdict. No checking is done here."""

import enum
from dataclasses import dataclass


class Effect(enum.IntEnum):
    """What a finding does to the verdict; the worst of them decides it."""

    NOTE = 0
    GOOD = 1
    UNTRUSTED = 2
    LAPSED = 3
    """A usage copy whose time is over: everything was right, and it must not be used any more."""
    EXPIRED = 4
    UNDECIDED = 5
    TAMPERED = 6
    """The mathematics may be right, yet what is shown is not what was signed."""
    WRONG = 7
    """The mathematics is wrong."""


class Code(enum.Enum):
    """Every finding there is: its effect, and its sentence in Chinese and English; {} is the detail."""

    REFERENCES_MATCH = Effect.GOOD, "{}个引用文件的SM3摘要全部相符", "all {} referenced files match their SM3 digests"
    REFERENCE_DIFFERS = Effect.WRONG, "引用文件摘要不符：{}", "a referenced file does not match its digest: {}"
    REFERENCE_MISSING = Effect.WRONG, "引用文件不存在：{}", "a referenced file is missing: {}"
    REFERENCE_UNCLEAR = Effect.WRONG, "引用指向不唯一：{}", "a reference could mean two files: {}"
    NOT_SM3 = Effect.UNDECIDED, "摘要算法不是SM3：{}", "the digest algorithm is not SM3: {}"
    FILE_MISSING = Effect.WRONG, "签名文件不存在：{}", "a file of the signature is missing: {}"
    MALFORMED = Effect.WRONG, "签名数据结构损坏：{}", "the signature's data are malformed: {}"
    UNKNOWN_KIND = Effect.UNDECIDED, "不支持的签名格式：{}", "a signature format that is not supported: {}"
    HASH_MATCHES = Effect.GOOD, "签名文件的摘要相符", "the digest of Signature.xml matches"
    HASH_DIFFERS = Effect.WRONG, "签名文件的摘要不符", "the digest of Signature.xml differs"
    HASH_TWICE = Effect.WRONG, "摘要做了两次SM3，不符合标准", "the digest is SM3 taken twice, which no standard allows"
    SIGNATURE_GOOD = Effect.GOOD, "SM2签名值有效", "the SM2 signature verifies"
    SIGNATURE_BAD = Effect.WRONG, "SM2签名值无效", "the SM2 signature does not verify"
    SIGNED_HASH = (
        Effect.WRONG,
        "签名对象是摘要值而非规定的数据，不符合标准",
        "the signature was made over dataHash itself, against the standard",
    )
    SIGNED_TWICE = (
        Effect.WRONG,
        "签名对象做了两次SM3，不符合标准",
        "the signature was made over SM3 taken twice, against the standard",
    )
    NOT_SM2 = Effect.UNDECIDED, "签名算法或密钥不是SM2：{}", "the signature's algorithm or key is not SM2: {}"
    NO_CERTIFICATE = (
        Effect.UNDECIDED,
        "没有可用于验证的签名证书",
        "there is no certificate to verify the signature with",
    )
    SEAL_GOOD = Effect.GOOD, "制章人对印章的签名有效", "the seal maker's signature verifies"
    SEAL_BAD = Effect.WRONG, "制章人对印章的签名无效", "the seal maker's signature does not verify"
    SEAL_OTHER_VERSION = (
        Effect.WRONG,
        "制章人签名的对象不是该版本规定的数据",
        "the seal maker signed other data than this version of seal prescribes",
    )
    LISTED = Effect.GOOD, "签章人证书在印章的签章人列表中", "the signer is listed in the seal"
    NOT_LISTED = Effect.WRONG, "签章人证书不在印章的签章人列表中", "the signer is not listed in the seal"
    SEAL_FILE_DIFFERS = (
        Effect.TAMPERED,
        "印章文件与签名中的印章不同：{}",
        "the seal file is not the seal in the signature: {}",
    )
    SIGNED_AT = Effect.NOTE, "签名时间（签名人自述）{}", "signed at {} by the signer's own word"
    NO_TIME = (
        Effect.NOTE,
        "签名没有写明时间，按核验时间判断有效期",
        "no signing time is given; dates are judged at the time of checking",
    )
    IN_FUTURE = Effect.EXPIRED, "签名时间晚于核验时间", "the signing time is later than the time of checking"
    SEAL_EXPIRED = Effect.EXPIRED, "签名时印章不在有效期内", "the seal was not in force at signing"
    CERTIFICATE_EXPIRED = (
        Effect.EXPIRED,
        "签名时签名证书不在有效期内",
        "the signer's certificate was not in force at signing",
    )
    MAKER_EXPIRED = (
        Effect.EXPIRED,
        "制章时制章人证书不在有效期内",
        "the seal maker's certificate was not in force when the seal was made",
    )
    IN_FORCE = Effect.GOOD, "签名时证书与印章均在有效期内", "certificates and seal were in force at signing"
    NOT_FOR_SIGNING = (
        Effect.UNTRUSTED,
        "证书的密钥用法不允许签名：{}",
        "the key usage of a certificate does not allow signing: {}",
    )
    TRUSTED = Effect.GOOD, "证书链到达信任列表：{}", "the certificate chains to the trust list: {}"
    NO_CHAIN = Effect.UNTRUSTED, "证书链不能到达信任列表：{}", "the certificate does not chain to the trust list: {}"
    NOT_REVOKED = Effect.GOOD, "证书未被吊销：{}", "the certificate is not revoked: {}"
    REVOKED = Effect.EXPIRED, "签名时证书已被吊销：{}", "the certificate was revoked before signing: {}"
    REVOKED_LATER = Effect.NOTE, "证书在签名之后被吊销：{}", "the certificate was revoked after signing: {}"
    COMPROMISED = (
        Effect.UNTRUSTED,
        "证书因密钥泄露被吊销，签名时间不足为信：{}",
        "the certificate was revoked because its key was compromised, so the signing time proves nothing: {}",
    )
    REVOCATION_UNKNOWN = (
        Effect.NOTE,
        "没有可用的吊销列表，未核验吊销状态：{}",
        "revocation was not checked, there is no list for: {}",
    )
    CRL_STALE = Effect.NOTE, "吊销列表已过更新时间：{}", "the revocation list is past its next update: {}"
    TIMESTAMP = Effect.NOTE, "带有时间戳，未核验", "a time stamp is present and was not checked"
    UNCOVERED = Effect.NOTE, "本签名未保护：{}", "not covered by this signature: {}"
    LIST_UNCOVERED = (
        Effect.NOTE,
        "本签名未保护签名列表：{}",
        "the list of signatures is not covered by this signature: {}",
    )
    UNCOVERED_BY_ALL = Effect.NOTE, "任何签名均未保护：{}", "covered by no signature at all: {}"
    ROOT_UNCOVERED = (
        Effect.TAMPERED,
        "所显示的文档未被任何签名保护：{}",
        "the document that is shown is covered by no signature: {}",
    )
    COPY_EXPIRED = Effect.LAPSED, "加注件已过有效期：{}", "the usage copy's time was over at {}"
    COPY_UNCOVERED = (
        Effect.TAMPERED,
        "加注件中有签名未保护的文件",
        "the usage copy holds entries that its signature does not cover",
    )
    ORIGINAL_TAMPERED = (
        Effect.TAMPERED,
        "加注件所含原件的签名无效或原件被改动",
        "the signatures of the original in the usage copy do not verify",
    )


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found about a signature; `detail` names the file, algorithm or part, `detail_zh` the same in Chinese where it differs."""

    code: Code
    detail: str = ""
    detail_zh: str = ""

    @property
    def effect(self) -> Effect:
        """What it does to the verdict."""
        return self.code.value[0]

    @property
    def zh(self) -> str:
        """The sentence in Chinese."""
        return self.code.value[1].format(self.detail_zh or self.detail)

    @property
    def en(self) -> str:
        """The sentence in English."""
        return self.code.value[2].format(self.detail)
