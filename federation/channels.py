"""gRPC channels and server credentials: mutual TLS 1.3 with P-256, each side pinned to the membership document. DESIGN §4, CRYPTO §6.

How TLS 1.2 is kept out stands in `federation/__init__.py`.
"""

from collections.abc import Mapping

import grpc

import federation
from federation.codec.envelope import MAX_ENVELOPE_BYTES
from federation.directory import Directory, Peer
from trust.local import LocalIdentity
from trust.tls import tls_host

_FRAMING = 1 << 16  # room for headers around the largest envelope
OPTIONS: tuple[tuple[str, int], ...] = (
    ("grpc.max_receive_message_length", MAX_ENVELOPE_BYTES + _FRAMING),
    ("grpc.max_send_message_length", MAX_ENVELOPE_BYTES + _FRAMING),
    ("grpc.enable_http_proxy", 0),
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.min_ping_interval_without_data_ms", 20_000),
    # A peer that was down is found again within two seconds of its return.
    ("grpc.initial_reconnect_backoff_ms", 200),
    ("grpc.min_reconnect_backoff_ms", 1_000),
    ("grpc.max_reconnect_backoff_ms", 2_000),
)


def open_channels(identity: LocalIdentity, directory: Directory) -> Mapping[str, grpc.aio.Channel]:
    """One channel to each other member. Each trusts exactly that member's TLS certificate and host name.

    Raises:
        RuntimeError: grpc was imported before federation, so that TLS 1.2 would be spoken.
    """
    _check_tls()
    return {code: _channel(identity, directory.peers[code]) for code in directory.others(identity.province)}


def _channel(identity: LocalIdentity, peer: Peer) -> grpc.aio.Channel:
    credentials = grpc.ssl_channel_credentials(
        root_certificates=peer.tls_certificate,
        private_key=identity.tls_key_pem,
        certificate_chain=identity.tls_certificate_pem,
    )
    options = (*OPTIONS, ("grpc.ssl_target_name_override", tls_host(peer.province)))
    return grpc.aio.secure_channel(peer.endpoint, credentials, options=options)


def server_credentials(identity: LocalIdentity, directory: Directory) -> grpc.ServerCredentials:
    """Credentials of the peer port: a client that shows no member's TLS certificate gets no handshake.

    Raises:
        RuntimeError: grpc was imported before federation, so that TLS 1.2 would be spoken.
    """
    _check_tls()
    roots = b"".join(directory.peers[code].tls_certificate for code in directory.others(identity.province))
    return grpc.ssl_server_credentials(
        [(identity.tls_key_pem, identity.tls_certificate_pem)], root_certificates=roots, require_client_auth=True
    )


def _check_tls() -> None:
    if not federation.ONLY_TLS_1_3:
        raise RuntimeError("import federation before grpc: otherwise TLS 1.2 is spoken")
