"""What a write touched, so that pages know whether they are stale."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Changes:
    """Which kinds of rows an operation touched (names of tables), and a sentence on what it did."""

    kinds: frozenset[str]
    note: str = ""

    def __or__(self, other: "Changes") -> "Changes":
        note = "; ".join(part for part in (self.note, other.note) if part)
        return Changes(self.kinds | other.kinds, note)
