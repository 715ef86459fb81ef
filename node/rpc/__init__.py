"""The peer port: gRPC in front of the use-cases. Decodes, authenticates, encodes; no rules. DESIGN §9.

Every call is one envelope in, one (or a stream) out. `edge` does what all have in common; a noun's module says which use-case answers.
"""
