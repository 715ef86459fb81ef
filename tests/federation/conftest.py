"""Imports `federation` before any test module imports grpc: see `federation/__init__.py`."""

import federation

assert federation.ONLY_TLS_1_3
