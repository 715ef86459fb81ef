"""One province's daemon: use-cases over ports, with gRPC and REST before them and storage behind them. DESIGN §3."""

import federation  # noqa: F401 - first: it settles the channel's TLS before anything imports grpc
