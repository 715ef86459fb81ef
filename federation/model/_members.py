"""Members of list entries, read from JSON that another version of this software may have written: unknown ones are left out."""

from collections.abc import Collection
from dataclasses import fields
from functools import cache
from typing import Any


@cache
def _types(model: type[Any]) -> dict[str, Any]:
    return {one.name: one.type for one in fields(model)}


def known(model: type[Any], raw: dict[str, Any], apart: Collection[str] = ()) -> dict[str, Any]:
    """The members of `raw` that the model has, lists as tuples; those `apart` are read by the caller.

    Raises:
        TypeError: a member is not of the kind the model says: a text, a whole number, a truth value, or a list of texts or objects.
    """
    types = _types(model)
    return {name: _of(name, types[name], value) for name, value in raw.items() if name in types and name not in apart}


def _of(name: str, kind: Any, value: Any) -> Any:
    if kind in (str, bool, int):
        if type(value) is not kind:
            raise TypeError(name)
        return value
    if not isinstance(value, list):
        raise TypeError(name)
    item = str if kind == tuple[str, ...] else dict
    if not all(type(one) is item for one in value):
        raise TypeError(name)
    return tuple(value)
