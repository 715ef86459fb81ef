"""The province's own certificate library, without its storage: codes, identifiers, holder codes, records, manifests and demonstrations.

Serves REQUIREMENTS §3 (GB/T 36902, 36903, 36904). What is stored, and how, is behind `node.ports`; who may see it is in `node.usecases`.
"""
