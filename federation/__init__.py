"""Talking to peers: the vocabulary, the codec, channels, fan-out, publication sync and the notice outbox.

Owns what provinces agree on (`model`). Knows nothing of storage, of REST or of a province's own rules: those are in `node`.
"""
