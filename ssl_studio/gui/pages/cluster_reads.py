"""What the Clusters page asks of the project, and what it says about the answers."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ssl_studio.gui import text
from ssl_studio.gui.pages.pickers import FeatureChoice, read_feature_choices
from ssl_studio.gui.studio import Ids
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets.cluster_cards import BORDER_COLUMNS, ClusterCard
from ssl_studio.project.clusterings import MemberOrder
from ssl_studio.project.file import Project
from ssl_studio.project.records import ClusteringRecord, ImageFilter, TagRecord

REPRESENTATIVES = 6
ORDERS: tuple[MemberOrder, ...] = ("closest", "borderline", "path")
SCORES = {
    "label_accuracy": "ACC",
    "label_nmi": "NMI",
    "label_ari": "ARI",
    "label_purity": "purity",
    "silhouette": "silhouette",
    "stability": "stability",
}
HEADLINE = ("label_accuracy", "label_nmi", "silhouette")


@dataclass(frozen=True, slots=True)
class Overview:
    """What the page knows before a clustering is read."""

    choices: list[FeatureChoice]
    clusterings: list[ClusteringRecord]
    tags: list[TagRecord]


def read_overview(project: Project) -> Overview:
    """Feature sets, clusterings and tags; runs in the background."""
    return Overview(read_feature_choices(project), project.clusterings.all(), project.tags.all())


def read_cards(project: Project, clustering_id: int) -> list[ClusterCard]:
    """Every cluster with its faces and its labels; runs in the background."""
    store = project.clusterings
    faces = store.faces(clustering_id, REPRESENTATIVES, BORDER_COLUMNS)
    mixes, spreads = store.label_counts(clustering_id), store.spreads(clustering_id)
    return [
        ClusterCard(
            id=cluster.id,
            name=cluster.name,
            colour=cluster.colour,
            size=cluster.size,
            representatives=faces[cluster.id].closest,
            mix=tuple(mixes.get(cluster.id, ())),
            note=cluster.note,
            borderline=faces[cluster.id].borderline,
            spread=spreads.get(cluster.id, float("nan")),
        )
        for cluster in store.clusters(clustering_id)
    ]


@dataclass(frozen=True, slots=True)
class Members:
    """The images of a cluster that pass the filter, in an order, and how many it has."""

    ids: Ids
    total: int


def read_members(
    project: Project, cluster_id: int, order: MemberOrder, where: ImageFilter
) -> Members:
    """Images of a cluster in an order; runs in the background."""
    members = project.clusterings.members(cluster_id, order)
    ids = np.fromiter((member.image_id for member in members), np.int64, len(members))
    if where.is_empty:
        return Members(ids, len(ids))
    return Members(ids[np.isin(ids, project.images.ids(where=where))], len(ids))


def sorted_cards(cards: Iterable[ClusterCard], order: str) -> list[ClusterCard]:
    """Cards by size, name, purity or how tightly their images lie together."""
    if order == "name":
        return sorted(cards, key=lambda card: _natural(card.name))
    if order == "purity":
        return sorted(cards, key=lambda card: -np.nan_to_num(card.purity))
    if order == "mixed":
        return sorted(cards, key=lambda card: np.nan_to_num(card.purity, nan=2.0))
    if order == "tight":
        return sorted(cards, key=lambda card: np.nan_to_num(card.spread, nan=np.inf))
    if order == "smallest":
        return sorted(cards, key=lambda card: card.size)
    return sorted(cards, key=lambda card: -card.size)


def orders() -> tuple[tuple[str, str], ...]:
    """The orders of cards with their words."""
    return (
        ("size", tr("Largest first")),
        ("smallest", tr("Smallest first")),
        ("name", tr("By name")),
        ("purity", tr("Purest labels first")),
        ("mixed", tr("Most mixed labels first")),
        ("tight", tr("Tightest first")),
    )


def _natural(name: str) -> list[tuple[int, str]]:
    pieces = re.split(r"(\d+)", name.casefold())
    return [(int(piece), "") if piece.isdigit() else (0, piece) for piece in pieces]


def clustering_words(record: ClusteringRecord) -> str:
    """Which clustering."""
    return tr("{k} · {algorithm} · {when}").format(
        k=record.k, algorithm=algorithm_words(record.algorithm), when=text.ago(record.created_at)
    )


def algorithm_words(algorithm: str) -> str:
    """An algorithm as people call it."""
    return {
        "ward": tr("Ward"),
        "hdbscan": tr("HDBSCAN"),
        "power iteration": tr("power iteration"),
    }.get(algorithm, algorithm)


def score_words(record: ClusteringRecord, names: tuple[str, ...]) -> str:
    """Those of some scores that are known, in a line."""
    said = []
    for name in names:
        value = record.scores.get(name)
        if isinstance(value, int | float):
            said.append(f"{SCORES[name]} {value:.2f}")
    return "   ".join(said)
