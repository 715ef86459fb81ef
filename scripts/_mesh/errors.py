"""What stops a mesh run. Not a check that failed: that is a result (`scripts._mesh.report`)."""


class MeshError(Exception):
    """A run cannot go on; the message says why. `province` is whose log tells more, "" where none does."""

    def __init__(self, message: str, province: str = "") -> None:
        """Say why, and whose fault it is."""
        super().__init__(message)
        self.province = province
