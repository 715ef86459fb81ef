"""Talking to peers: the vocabulary, the codec, channels, fan-out, publication sync and the notice outbox.

Owns what provinces agree on (`model`). Knows nothing of storage, of REST or of a province's own rules: those are in `node`.
"""

import os
import sys

# grpcio offers no switch for the lowest TLS version. Its list of TLS 1.2 cipher suites can be set, though: with one suite that needs an
# RSA key, which no P-256 certificate can serve, TLS 1.2 finds no common suite and only 1.3 remains. grpcio reads the list once, when it is
# imported; so it is set here, before any module of this package can import it, and `channels` opens nothing if that was too late.
_ONE_SUITE = "ECDHE-RSA-AES256-GCM-SHA384"
ONLY_TLS_1_3 = "grpc" not in sys.modules or os.environ.get("GRPC_SSL_CIPHER_SUITES") == _ONE_SUITE
os.environ["GRPC_SSL_CIPHER_SUITES"] = _ONE_SUITE
