"""A noun around another: what it does not define itself is the inner one's."""

from typing import Any


class Around:
    """Passes on every verb that a subclass does not have."""

    def __init__(self, inner: Any) -> None:
        """`inner` has all verbs of the port."""
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        """The inner one's."""
        return getattr(self._inner, name)
