"""Why a check of a proof bundle fails: which part, in Chinese for the clerk and in English for the engineer. Nothing else."""


class FlawError(Exception):
    """A check failed; `part` names the part of the zip ("" where none or several)."""

    def __init__(self, part: str, zh: str, en: str) -> None:
        """Keep what a finding will say."""
        super().__init__(f"{part}: {en}" if part else en)
        self.part = part
        self.zh = zh
        self.en = en
