"""Fused search: who is asked, what is believed, what is told and shown. Clause 8.2."""
