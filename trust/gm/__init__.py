"""The crypto door: SM2 (GB/T 32918), SM3 (GB/T 32905) and SM4-GCM (GB/T 32907, RFC 8998).

The only place in certmesh where data meets cryptography. Bytes in, bytes out; no files, no certificates (see
`trust.identity`), no policy. One seam, so that a certified module (GM/T 0018 SDF) can take its place. SM2 runs on the
interpreter's own libcrypto 3, SM3 on `hashlib`, SM4-GCM on libgcrypt or `cryptography`; `self_test` says which, and
refuses to go on where an answer is wrong.
"""

from trust.gm._custody import Checked, Signer, Unwrapper, message_digest
from trust.gm._der import der_to_rs, der_to_xy_c3_c2, is_ciphertext, rs_to_der
from trust.gm._pkcs8 import ROUNDS, open_pkcs8, seal_pkcs8
from trust.gm._selftest import Engine, self_test
from trust.gm._sm2 import USER_ID, PrivateKey, PublicKey
from trust.gm._sm3 import Sm3Hash, hmac_sm3, new_sm3, sm3
from trust.gm._sm4 import Sm4Gcm

__all__ = [
    "ROUNDS",
    "USER_ID",
    "Checked",
    "Engine",
    "PrivateKey",
    "PublicKey",
    "Signer",
    "Sm3Hash",
    "Sm4Gcm",
    "Unwrapper",
    "der_to_rs",
    "der_to_xy_c3_c2",
    "hmac_sm3",
    "is_ciphertext",
    "message_digest",
    "new_sm3",
    "open_pkcs8",
    "rs_to_der",
    "seal_pkcs8",
    "self_test",
    "sm3",
]
