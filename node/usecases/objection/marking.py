"""Marks the certificates of a merged search that this node knows to be objected to. Clause 8.2, P5.

The issuer's province marks its own (`Item.disputed`); this is for the time until it has heard of the objection. Only a case that is a
province's to answer which named the certificate counts: nobody else's word marks it.
"""

from collections.abc import Iterable
from dataclasses import replace

from federation.model.search import MergedItem
from node.ports.store import Nouns
from node.vault import Vault


def marked(nouns: Nouns, vault: Vault, items: Iterable[MergedItem]) -> tuple[MergedItem, ...]:
    """The items, with the mark where a case about one waits for an answer."""
    every = tuple(items)
    if not nouns.objections.any_waiting():
        return every
    return tuple(_marked(nouns, vault, one) for one in every)


def _marked(nouns: Nouns, vault: Vault, one: MergedItem) -> MergedItem:
    if one.item.disputed or not nouns.objections.disputed(vault.reference(one.item.identifier), one.provinces):
        return one
    return replace(one, item=replace(one.item, disputed=True))
