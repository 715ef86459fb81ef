"""The store in memory: reference for the other adapters, fake for tests, store of the simulation. Not durable."""

from node.storage.memory.store import MemoryStore

__all__ = ["MemoryStore"]
