"""The REST edge for the province's own systems: `/elc/v1/…` in head/data messages. Clause 12, REQUIREMENTS §4.

Decodes, authenticates, bounds and encodes; no rules (those are in `node.usecases`) and no console. One module per noun, one table of
routes (`node.rest.app`) from which both the router and the OpenAPI document are made.
"""
