"""What a clustering goes with: labels, folders, cameras, dates, sizes, and units of the network."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ssl_studio.events import Artefact, Cancel, Progress, Report
from ssl_studio.jobs.cluster_scores import judge_again
from ssl_studio.project.cluster_facts import ClusterFacts
from ssl_studio.project.file import Project

if TYPE_CHECKING:
    from ssl_studio.analysis.attributes import Attribute

SCORE, STATE = "associations", "associations_of"
"""Under which names a clustering keeps them among its scores, and what they were worked out of."""
BAR = 0.3
"""As in `analysis/associations.py`."""
NEARLY_ALL = 0.6
"""From here on clusters are said to be the circumstance, below they follow it."""
PLURALS = {
    "camera": "cameras", "folder": "folders", "date": "dates", "time of day": "times of day",
    "size": "picture sizes", "shape": "picture shapes", "format": "file formats",
    "label": "labels",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class AssociationRow:
    """How far clusters and an attribute tell each other; see `analysis/associations.py`."""

    attribute: str
    known: int
    values: int
    strength: float
    nmi: float
    chance: float
    p: float
    with_label: float | None
    is_warning: bool

    def in_words(self) -> str:
        """The warning, with its figures."""
        plural = PLURALS.get(self.attribute, self.attribute)
        verb = "are" if self.strength >= NEARLY_ALL else "follow"
        said = (
            f"Your clusters {verb} your {plural}, to {100 * self.strength:.0f} %: so much of what "
            f"either tells, the other tells too, beyond chance (bar {100 * BAR:.0f} %; "
            f"NMI {self.nmi:.2f}, by chance {self.chance:.2f}; p\u00a0≤\u00a0{self.p:.2f})."
        )
        if self.with_label is not None and self.with_label >= BAR:
            said += f" Labels go with the {plural} too, so it may be the content after all."
        return said


@dataclass(frozen=True, slots=True)
class Associations:
    """Those of a clustering, the strongest first."""

    clustering_id: int
    rows: tuple[AssociationRow, ...]

    @property
    def warnings(self) -> tuple[AssociationRow, ...]:
        """The circumstances that explain the clusters."""
        return tuple(row for row in self.rows if row.is_warning)

    def plain(self) -> list[dict[str, object]]:
        """As it is stored."""
        return [asdict(row) for row in self.rows]


@dataclass(frozen=True, slots=True)
class TraitRow:
    """A value that is more frequent in a cluster than elsewhere."""

    cluster_id: int
    attribute: str
    value: str
    inside: int
    of: int
    share: float
    overall: float
    z: float


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A unit whose strongest images lie in a cluster more often than chance."""

    layer: str
    unit: int
    inside: int
    of: int
    expected: float


@dataclass(frozen=True, slots=True)
class AssociationsJob:
    """Hold a clustering, as it is now, against all that is known about its images.

    Where images were moved since it was last looked at, its scores are worked out anew too.
    """

    clustering_id: int
    seed: int = 0

    @property
    def title(self) -> str:
        """What it does."""
        return "Looking for what explains the clusters"

    def run(self, project_path: Path, report: Report, cancel: Cancel) -> Associations:
        """Work out and keep with the clustering."""
        with Project.open(project_path) as project:
            state = project.clusterings.state(self.clustering_id)
            scores = dict(project.clusterings.get(self.clustering_id).scores)
            if is_old(project, self.clustering_id):
                report(Progress(0, None, "Judging the clusters"))
                scores = judge_again(project, self.clustering_id, cancel)
            found = find_associations(project, self.clustering_id, self.seed, cancel)
            kept = {**scores, SCORE: found.plain(), STATE: state}
            project.clusterings.set_scores(self.clustering_id, kept)
        report(Artefact("clusterings", self.clustering_id))
        return found


def find_associations(
    project: Project, clustering_id: int, seed: int = 0, cancel: Cancel | None = None
) -> Associations:
    """Associations of a clustering as it is now; takes about a second for 100,000 images."""
    from ssl_studio.analysis.associations import associate

    facts = project.clusterings.facts(clustering_id)
    clusters = np.asarray(facts.cluster_ids, np.int64)
    found = associate(clusters, _attributes(facts), seed=seed, cancel=cancel)
    return Associations(clustering_id, tuple(AssociationRow(**asdict(one)) for one in found))


def is_old(project: Project, clustering_id: int) -> bool:
    """Whether images have been moved since scores and associations were worked out.

    Clusterings of early versions do not say of which state they are: any move counts.
    """
    known = project.clusterings.get(clustering_id).scores.get(STATE)
    if known is None:
        return project.clusterings.has_moves(clustering_id)
    return known != project.clusterings.state(clustering_id)


def stored_associations(clustering_id: int, scores: dict[str, object]) -> Associations | None:
    """What was found when the clustering was made, or later; None where nobody looked."""
    rows = scores.get(SCORE)
    if not isinstance(rows, list):
        return None
    try:
        return Associations(clustering_id, tuple(AssociationRow(**row) for row in rows))
    except TypeError:
        return None


def find_traits(project: Project, clustering_id: int) -> dict[int, list[TraitRow]]:
    """By cluster id what it has more of than others, the clearest first."""
    from ssl_studio.analysis.associations import traits

    facts = project.clusterings.facts(clustering_id)
    found: dict[int, list[TraitRow]] = {}
    for trait in traits(np.asarray(facts.cluster_ids, np.int64), _attributes(facts)):
        found.setdefault(trait.cluster_id, []).append(TraitRow(**asdict(trait)))
    return found


def images_with(project: Project, cluster_id: int, trait: TraitRow) -> list[int]:
    """The images of a cluster that have a value."""
    facts = project.clusterings.facts(project.clusterings.cluster(cluster_id).clustering_id)
    one = next((a for a in _attributes(facts) if a.name == trait.attribute), None)
    if one is None or trait.value not in one.values:
        return []
    wanted = (one.codes == one.values.index(trait.value)) & (
        np.asarray(facts.cluster_ids, np.int64) == cluster_id
    )
    return [int(i) for i in np.asarray(facts.image_ids, np.int64)[wanted]]


def find_units(project: Project, clustering_id: int, cluster_id: int) -> list[UnitRow]:
    """The units whose strongest images lie in a cluster; empty where no unit was looked at."""
    from ssl_studio.analysis.associations import unit_traits

    features = project.features.get(project.clusterings.get(clustering_id).feature_set_id)
    if features.run_id is None:
        return []
    members = frozenset(m.image_id for m in project.clusterings.members(cluster_id))
    total = sum(c.size for c in project.clusterings.clusters(clustering_id))
    units = [
        (unit.layer, unit.unit, unit.image_id)
        for checkpoint in {features.checkpoint_id, None}
        for layer in project.exhibits.unit_layers(features.run_id, checkpoint)
        for unit in project.exhibits.units(features.run_id, checkpoint, layer)
    ]
    found = unit_traits(units, members, len(members) / max(1, total))
    return [UnitRow(**asdict(trait)) for trait in found]


def _attributes(facts: ClusterFacts) -> "list[Attribute]":
    from ssl_studio.analysis import attributes

    found = attributes.varied(
        [
            ("label", lambda: facts.labels),
            ("folder", lambda: attributes.folders(facts.paths, facts.root_ids)),
            ("camera", lambda: facts.cameras),
            ("date", lambda: attributes.dates(facts.captured)),
            ("time of day", lambda: attributes.parts_of_day(facts.captured)),
            ("size", lambda: attributes.sizes(facts.widths, facts.heights)),
            ("shape", lambda: attributes.shapes(facts.widths, facts.heights)),
            ("format", lambda: facts.formats),
        ]
    )
    codes = {one.name: one.codes for one in found}
    if "label" in codes and np.array_equal(codes["label"], codes.get("folder", ())):
        # Labels that come from folders would be told twice.
        return [one for one in found if one.name != "folder"]
    return found
