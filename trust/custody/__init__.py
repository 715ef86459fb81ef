"""Keepers of private keys outside of this process: modules that sign and open and never hand a key out. The port is `trust.gm.Signer`.

Whoever puts one to use wraps it: `patient` repeats what a busy module refuses, `gm.Checked` lets no signature through that does not verify
(`SdfModule.signer` comes wrapped in it, and `LocalIdentity.document_signer` is it).
`fake` is a module of software in a process of its own, for tests and rehearsals; `trust.gm.sdf` speaks to a library of GM/T 0018, the
interface of certified Chinese modules. A PKCS#11 module has no adapter here: SM2 is a vendor extension there, with mechanism numbers that
differ from maker to maker. This is what one has to call, and what each call stands for:

    port                     PKCS#11 (OASIS 2.40, with the maker's SM2 mechanisms)         SDF (GM/T 0018)
    once, at start           C_Initialize, C_OpenSession, C_Login(CKU_USER, PIN)            SDF_OpenDevice, SDF_OpenSession,
                                                                                            SDF_GetPrivateKeyAccessRight(index, PIN)
    public                   C_FindObjects(CKO_PUBLIC_KEY, CKA_ID = key label),             SDF_ExportSignPublicKey_ECC,
                             CKA_EC_POINT: DER OCTET STRING of 04‖X‖Y                       SDF_ExportEncPublicKey_ECC: X, Y right-aligned
    sign(message)            C_SignInit and C_Sign with the mechanism that takes a digest   SDF_InternalSign_ECC(index, e)
                             (often named CKM_SM2_RAW or CKM_SM2), over e; gives r‖s        gives r and s, right-aligned
    decrypt(ciphertext)      C_DecryptInit and C_Decrypt with CKM_SM2_ENCRYPT or alike;     SDF_InternalDecrypt_ECC(index, ECCCipher)
                             makers differ in C1C3C2 against DER: convert at the edge
    CustodyError LOGGED_OUT  CKR_USER_NOT_LOGGED_IN, CKR_PIN_LOCKED                         SDR_PARDENY, SDR_PRKRERR
    CustodyError GONE        CKR_DEVICE_ERROR, CKR_DEVICE_REMOVED, CKR_SESSION_CLOSED       SDR_COMMFAIL, SDR_HARDFAIL, SDR_OPENDEVICE
    CustodyError BUSY        CKR_SESSION_COUNT, CKR_FUNCTION_CANCELED                       SDR_OPENSESSION
    DecryptionError          CKR_ENCRYPTED_DATA_INVALID, CKR_ENCRYPTED_DATA_LEN_RANGE       SDR_ENCDATAERR, SDR_SKOPERR, SDR_INARGERR

In both, e = SM3(ZA‖message) is computed here, with the user ID stated (CRYPTO §7.4): a module that is left to compute ZA may take
another ID. Session keys travel in the clear from the module into this process, because SM4-GCM runs here: a module that keeps even
those (SDF_ImportKeyWithISK_ECC and SDF_Decrypt) would need GCM, which GM/T 0018 of 2012 does not have.
"""

from trust.custody.fake import FakeModule, Fault
from trust.custody.patient import PatientSigner, PatientUnwrapper
from trust.gm.sdf import SdfModule, open_sdf

__all__ = ["FakeModule", "Fault", "PatientSigner", "PatientUnwrapper", "SdfModule", "open_sdf"]
