"""The peer port. `federation` keeps TLS 1.2 out, if it is imported before grpc."""

import federation as federation
