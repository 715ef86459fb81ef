"""For every test: `federation` first, which settles the channel's TLS before anything imports grpc."""

import federation  # noqa: F401
