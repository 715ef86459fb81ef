"""The holder's consent, clause 7.2: taken and taken back (`taking`), read once (`documents`), checked at both ends (`checking`).

What a consent is, and whose signature under it counts, is `trust.consent`; how a revocation gets to every node, `trust.orders`.
"""
