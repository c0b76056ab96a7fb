"""What a new clustering calls its groups: after labels, or as the groups were called before."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from ssl_studio.project.file import Project
from ssl_studio.project.records import ClusterRecord

_MAJORITY = 0.5
_NAMED = 8


def suggest_names(numbers: np.ndarray, labels: Sequence[str | None]) -> dict[int, str]:
    """A name for each cluster (by number) in which more than half of the images share a label.

    Of several clusters with the same label the largest has the bare name; others count on.
    """
    members: dict[int, list[str | None]] = {}
    for number, label in zip(numbers.tolist(), labels, strict=True):
        members.setdefault(number, []).append(label)
    names: dict[int, str] = {}
    used: Counter[str] = Counter()
    for number, own in sorted(members.items(), key=lambda item: -len(item[1])):
        label, count = Counter(own).most_common(1)[0]
        if label is None or count <= _MAJORITY * len(own):
            continue
        used[label] += 1
        names[number] = label if used[label] == 1 else f"{label} {used[label]}"
    return names


@dataclass(frozen=True, slots=True)
class Kept:
    """What clusters take over from those they continue, by their number.

    Attributes:
        names: Those that a user gave, with the colours and notes of all that were continued.
        lost: Names that a user gave to clusters that no new one continues.
        source: The clustering that they come from.
    """

    names: dict[int, str] = field(default_factory=dict)
    colours: dict[int, str] = field(default_factory=dict)
    notes: dict[int, str] = field(default_factory=dict)
    lost: tuple[str, ...] = ()
    source: int | None = None

    @classmethod
    def from_clustering(
        cls, project: Project, source: int | None, ids: np.ndarray, numbers: np.ndarray
    ) -> "Kept":
        """Match with an earlier clustering over the images that both hold.

        One to one, by the largest summed overlap (Hungarian method); pairs that share less than
        a third of the images of either are no pairs. `source` None: the newest of the project.
        """
        from ssl_studio.analysis.clustering import carry_over

        earlier = [c.id for c in project.clusterings.all()]
        source = source if source in earlier else (earlier[-1] if earlier else None)
        if source is None:
            return cls()
        old = {c.id: c for c in project.clusterings.clusters(source)}
        old_ids, old_clusters = project.clusterings.assignment(source)
        before = dict(zip(old_ids.tolist(), old_clusters.tolist(), strict=True))
        former = np.array([before.get(i, -1) for i in ids.tolist()], np.int64)
        suggested = suggest_names(old_clusters, project.images.labels(old_ids))
        heirs = carry_over(former, numbers)
        own = {c.id for c in old.values() if _is_given(c, suggested.get(c.id))}
        return cls(
            {number: old[i].name for number, i in heirs.items() if i in own},
            {number: old[i].colour for number, i in heirs.items()},
            {number: old[i].note for number, i in heirs.items() if old[i].note},
            tuple(sorted(old[i].name for i in own - set(heirs.values()))),
            source,
        )

    def settings(self) -> dict[str, object]:
        """What the clustering stores about it."""
        if self.source is None:
            return {}
        return {
            "names_from": self.source,
            "names_kept": sorted(self.names.values()),
            "names_lost": list(self.lost),
        }


def _is_given(cluster: ClusterRecord, suggested: str | None) -> bool:
    """Whether the name was given by a user."""
    return cluster.name not in {f"Cluster {cluster.number + 1}", REST_NAME, suggested}


REST_NAME = "No group"
"""What the images are called that belong to no group."""


def names_in_words(settings: dict[str, object]) -> str:
    """Which names a clustering took over, in a sentence; empty where nobody gave a name."""
    kept, lost = _texts(settings.get("names_kept")), _texts(settings.get("names_lost"))
    said = []
    if kept:
        said.append(f"Names kept from the clustering before: {_listed(kept)}.")
    if lost:
        said.append(f"No new cluster continues {_listed(lost)}.")
    return " ".join(said)


def _texts(value: object) -> list[str]:
    return [str(part) for part in value] if isinstance(value, list) else []


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_NAMED])
    more = len(names) - _NAMED
    return f"{shown} and {more} more" if more > 0 else shown
