"""Adapters of the store port: memory (the reference) and SQLite (the default). They share no SQL and no base class. DESIGN §8."""
