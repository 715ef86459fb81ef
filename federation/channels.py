"""gRPC channels and server credentials: mutual TLS 1.3 with P-256, each side pinned to the membership document. DESIGN §4, CRYPTO §6.

Both follow a newer membership while they are in use (`adopt`): the port takes its certificate and the members' for each new handshake;
a channel whose certificates or endpoint changed is replaced, and the old one closed when its running calls have ended. How TLS 1.2 is
kept out stands in `federation/__init__.py`.
"""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

import grpc

import federation
from federation.codec.envelope import MAX_ENVELOPE_BYTES
from federation.directory import Directory, Peer
from federation.errors import PeerError
from federation.model.refusal import Reason, Refusal
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
LAST_CALLS_S = 600.0  # how long calls that run on a replaced channel may take, as long as a file stream may


C = TypeVar("C", bound=grpc.aio.Call)


@dataclass(slots=True, eq=False)
class Link:
    """A channel, what it was made of, and the calls that run on it. `ended` is why they were cut off, if they were."""

    channel: grpc.aio.Channel
    made_of: tuple[object, ...] = ()
    uses: int = 0
    calls: set[grpc.aio.Call] = field(default_factory=set)
    ended: Refusal | None = None
    idle: asyncio.Event = field(default_factory=asyncio.Event)

    def watch(self, call: C) -> C:
        """Have this call cut off when the channel must close: closing alone would leave it to its deadline."""
        self.calls.add(call)
        call.add_done_callback(self.calls.discard)
        return call

    def cut(self, refusal: Refusal) -> None:
        """End the calls that still run; who waits for them gets this refusal."""
        self.ended = refusal
        for call in tuple(self.calls):
            call.cancel()


class Channels:
    """One channel to each other member. Each trusts exactly that member's TLS certificates and host name. Owned by the event loop."""

    def __init__(self, links: Mapping[str, grpc.aio.Channel]) -> None:
        """Over channels that are open; `open_channels` makes them from a membership."""
        self._links = {code: Link(channel) for code, channel in links.items()}
        self._closing: set[asyncio.Task[None]] = set()
        self.last_calls_s = LAST_CALLS_S

    @contextmanager
    def using(self, province: str) -> Iterator[Link]:
        """The link to a peer, for the time of one call.

        Raises:
            PeerError: NOT_A_MEMBER, also where the peer was removed while the call ran; PEER_TIMEOUT where the channel had to close.
        """
        link = self._links.get(province)
        if link is None:
            raise PeerError(Refusal(reason=Reason.NOT_A_MEMBER, detail=f"{province} is not in the membership"))
        link.uses += 1
        try:
            yield link
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if link.ended is not None and (task is None or not task.cancelling()):  # the call was cancelled, not we
                raise PeerError(link.ended) from None
            raise
        finally:
            link.uses -= 1
            if not link.uses:
                link.idle.set()

    def adopt(self, identity: LocalIdentity, directory: Directory) -> None:
        """Follow a newer membership or newer keys of our own; running calls end on the channel they began on."""
        wanted = {code: directory.peers[code] for code in directory.others(identity.province)}
        for code in set(self._links) - set(wanted):
            link = self._links.pop(code)
            link.cut(Refusal(reason=Reason.NOT_A_MEMBER, detail=f"{code} is not in the membership any more"))
            self._retire(link)
        for code, peer in wanted.items():
            made_of = (peer.endpoint, peer.tls_certificates, identity.tls_certificate_pem)
            held = self._links.get(code)
            if held is not None and held.made_of == made_of:
                continue
            self._links[code] = Link(_channel(identity, peer), made_of)
            if held is not None:
                self._retire(held)

    def _retire(self, link: Link) -> None:
        task = asyncio.create_task(_close(link, self.last_calls_s), name="close channel")
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def close(self) -> None:
        """Close all of them; calls that still run are cancelled."""
        for task in self._closing:
            task.cancel()
        await asyncio.gather(*self._closing, return_exceptions=True)
        for link in self._links.values():
            await link.channel.close()


async def _close(link: Link, last_calls_s: float) -> None:
    """Close a channel when its calls have ended, and end them after so many seconds."""
    try:
        if link.uses:
            link.idle.clear()
            async with asyncio.timeout(last_calls_s):
                await link.idle.wait()
    except TimeoutError:
        link.cut(Refusal(reason=Reason.PEER_TIMEOUT, detail="the connection was replaced"))
    finally:
        await link.channel.close()


def open_channels(identity: LocalIdentity, directory: Directory) -> Channels:
    """A channel to each other member. Call it on the event loop.

    Raises:
        RuntimeError: grpc was imported before federation, so that TLS 1.2 would be spoken.
    """
    _check_tls()
    channels = Channels({})
    channels.adopt(identity, directory)
    return channels


def _channel(identity: LocalIdentity, peer: Peer) -> grpc.aio.Channel:
    credentials = grpc.ssl_channel_credentials(
        root_certificates=peer.tls_certificates,
        private_key=identity.tls_key_pem,
        certificate_chain=identity.tls_certificate_pem,
    )
    options = (*OPTIONS, ("grpc.ssl_target_name_override", tls_host(peer.province)))
    return grpc.aio.secure_channel(peer.endpoint, credentials, options=options)


class PortCredentials:
    """Credentials of the peer port: a client that shows no member's TLS certificate gets no handshake.

    `adopt` is called on the event loop; gRPC's own threads look at what it left at each handshake. Connections that are open stay open:
    whose key they showed is checked at every call (`node.rpc.edge`).
    """

    def __init__(self, identity: LocalIdentity, directory: Directory) -> None:
        """Start with these.

        Raises:
            RuntimeError: grpc was imported before federation, so that TLS 1.2 would be spoken.
        """
        _check_tls()
        self.adopt(identity, directory)

    def adopt(self, identity: LocalIdentity, directory: Directory) -> None:
        """Follow a newer membership or newer keys of our own, from the next handshake on."""
        roots = b"".join(directory.peers[code].tls_certificates for code in directory.others(identity.province))
        self._configuration = grpc.ssl_server_certificate_configuration(
            [(identity.tls_key_pem, identity.tls_certificate_pem)],
            root_certificates=roots or identity.tls_certificate_pem,  # alone in the mesh: nobody else is let in
        )

    @property
    def credentials(self) -> grpc.ServerCredentials:
        """What gRPC takes."""
        return grpc.dynamic_ssl_server_credentials(
            self._configuration, lambda: self._configuration, require_client_authentication=True
        )


def _check_tls() -> None:
    if not federation.ONLY_TLS_1_3:
        raise RuntimeError("import federation before grpc: otherwise TLS 1.2 is spoken")
