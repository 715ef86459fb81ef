"""Who signed what: SM2/SM3/SM4, identities, envelopes, membership, Merkle evidence, OFD packages.

Pure functions over bytes and values. No network, no SQL, no business rules: DESIGN §3.
"""
