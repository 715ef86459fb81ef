"""Members of list entries, read from JSON that another version of this software may have written: unknown ones are left out."""

from collections.abc import Collection
from dataclasses import fields
from functools import cache
from typing import Any


@cache
def _kinds(model: type[Any]) -> dict[str, tuple[type[Any], type[Any] | None]]:
    """The JSON type of each member, and of what stands in it where it is a list."""
    found: dict[str, tuple[type[Any], type[Any] | None]] = {}
    for one in fields(model):
        if one.type in (str, bool, int):
            found[one.name] = (one.type, None)
        else:
            found[one.name] = (list, str if one.type == tuple[str, ...] else dict)
    return found


def known(model: type[Any], raw: dict[str, Any], apart: Collection[str] = ()) -> dict[str, Any]:
    """The members of `raw` that the model has, lists as tuples; those `apart` are read by the caller.

    Written for speed: an application waits for it where its line has not been read before.

    Raises:
        TypeError: a member is not of the kind the model says: a text, a whole number, a truth value, or a list of texts or objects.
    """
    values = {}
    for name, (kind, item) in _kinds(model).items():  # type: ignore[arg-type]  # mypy: "unhashable"
        if name not in raw or name in apart:
            continue
        value = raw[name]
        if type(value) is not kind:
            raise TypeError(name)
        if item is not None:
            for one in value:
                if type(one) is not item:
                    raise TypeError(name)
            value = tuple(value)
        values[name] = value
    return values
