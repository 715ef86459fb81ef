"""Fused retrieval: files and face data, at the consumer and the provider. Clause 8.3."""
