"""Known answers as their publishers print them, for the self-test and the tests. Nothing is secret or self-made."""

# GB/T 32918.5-2017 Annex A.2 (signature) and C.2 (encryption) share this key pair; the user ID is 1234567812345678.
SM2_SCALAR = bytes.fromhex("3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8")
SM2_POINT = bytes.fromhex(
    "09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
    "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13",
)
# The nonce k of both annexes: with it an implementation that lets k be chosen must give exactly these values.
SM2_NONCE = bytes.fromhex("59276e27d506861a16680f3ad9c02dccef3cc1fa3cdbe4ce6d54b80deac1bc21")
SM2_MESSAGE = b"message digest"
SM2_SIGNATURE = bytes.fromhex(
    "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"
    "b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa",
)
SM2_PLAINTEXT = b"encryption standard"
SM2_C1 = bytes.fromhex(
    "04ebfc718e8d1798620432268e77feb6415e2ede0e073c0f4f640ecd2e149a73"
    "e858f9d81e5430a57b36daab8f950a3c64e6ee6a63094d99283aff767e124df0",
)
SM2_C2 = bytes.fromhex("21886ca989ca9c7d58087307ca93092d651efa")
SM2_C3 = bytes.fromhex("59983c18f809e262923c53aec295d30383b54e39d609d160afcb1908d0bd8766")
# The same ciphertext in the DER form of GB/T 35276: y has its top bit set, so its INTEGER has a zero byte in front.
_X, _Y = SM2_C1[:32], SM2_C1[32:]
SM2_CIPHERTEXT = b"\x30\x7c" + b"\x02\x20" + _X + b"\x02\x21\0" + _Y + b"\x04\x20" + SM2_C3 + b"\x04\x13" + SM2_C2

# GB/T 32905-2016 Annex A.1 and A.2.
SM3 = {
    b"abc": "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0",
    b"abcd" * 16: "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732",
}

# GB/T 32907-2016 Annex A.1: key and block are the same 16 bytes.
SM4_BLOCK = bytes.fromhex("0123456789abcdeffedcba9876543210")
SM4_BLOCK_ENCRYPTED = bytes.fromhex("681edf34d206965e86b3e94f536e4246")

# RFC 8998 Appendix A.1.
GCM_KEY = bytes.fromhex("0123456789abcdeffedcba9876543210")
GCM_NONCE = bytes.fromhex("00001234567800000000abcd")
GCM_AAD = bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
GCM_PLAINTEXT = bytes.fromhex(
    "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccdddddddddddddddd"
    "eeeeeeeeeeeeeeeeffffffffffffffffeeeeeeeeeeeeeeeeaaaaaaaaaaaaaaaa",
)
GCM_SEALED = bytes.fromhex(
    "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735"
    "d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d"
    "83de3541e4c2b58177e065a9bf7b62ec",
)
