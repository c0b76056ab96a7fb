"""Which labels, clusters or tags units go with. Answered at once from a stored survey."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from ssl_studio.project.file import Project

Grouping = Literal["labels", "clusters", "tags"]
MIN_IMAGES = 3
"""Groups with fewer images among those surveyed say nothing about a unit."""


@dataclass(frozen=True, slots=True)
class GroupScores:
    """How well each unit tells each group from all other images.

    Attributes:
        names: Of the groups, the largest first.
        sizes: Images of each among those surveyed.
        scores: float32 (C, K) in [0, 1], 0.5 is chance (`analysis.unit_scores.selectivity`).
    """

    names: tuple[str, ...]
    sizes: tuple[int, ...]
    scores: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class NetworkFacts:
    """What can be looked at in a run's network, from the image upwards.

    Attributes:
        units: By layer, how many it has.
        blocks: Blocks with attention, 0 in networks of convolutions.
        margin: Side of the square that the network sees, in parts of a picture's short side.
        side: Of its input, in pixels.
    """

    units: dict[str, int]
    blocks: int
    heads: int
    margin: float
    side: int


def describe_network(project: Project, run_id: int) -> NetworkFacts:
    """Builds the network, which takes a second. Raises AnalysisError for runs never trained."""
    from ssl_studio.jobs.encoders import load_encoder, trained_facts

    trained_facts(project.runs.get(run_id))  # before torch is loaded for nothing
    import torch

    from ssl_studio.images.geometry import eval_boxes
    from ssl_studio.networks.vit import VitBackbone
    from ssl_studio.training.extraction import evaluating

    encoder = load_encoder(project, run_id, trained=False)
    network, side = encoder.network, encoder.network.image_size
    left, _top, right, _bottom = eval_boxes(torch.ones(1), encoder.info.view.size)[0].tolist()
    with evaluating(network):
        maps = network.maps(torch.zeros(1, network.spec.channels, side, side), network.layers)
    units = {layer: int(maps[layer].shape[1]) for layer in network.layers}
    size = network.size if isinstance(network, VitBackbone) else None
    blocks, heads = (size.blocks, size.heads) if size else (0, 0)
    return NetworkFacts(units, blocks, heads, right - left, side)


def score_groups(
    project: Project, survey_id: int, grouping: Grouping, clustering_id: int | None = None
) -> GroupScores:
    """Scores of all units of a survey; without groups the record is empty.

    Costs a sort of every unit's activations: a second for 10,000 images and 512 units.
    """
    from ssl_studio.analysis.unit_scores import selectivity

    ids = project.units.image_ids(survey_id)
    groups = groups_of(project, ids, grouping, clustering_id)
    activations = project.units.activations(survey_id)
    scores = np.full((activations.shape[1], len(groups)), np.nan, np.float32)
    if grouping == "tags":  # an image may have several
        for column, member in enumerate(groups.values()):
            scores[:, column] = selectivity(activations, member.astype(np.int64), 2)[:, 1]
    elif groups:
        numbers = np.full(len(ids), -1, np.int64)
        for column, member in enumerate(groups.values()):
            numbers[member] = column
        scores = selectivity(activations, numbers, len(groups))
    return GroupScores(tuple(groups), tuple(int(m.sum()) for m in groups.values()), scores)


def groups_of(
    project: Project,
    image_ids: npt.NDArray[np.int64],
    grouping: Grouping,
    clustering_id: int | None = None,
) -> dict[str, npt.NDArray[np.bool_]]:
    """Groups with enough images, the largest first: which of the (N,) images each holds."""
    words: Sequence[Sequence[str]]
    if grouping == "labels":
        words = [[label] if label else [] for label in project.images.labels(image_ids)]
    elif grouping == "clusters":
        words = _clusters(project, image_ids, clustering_id)
    else:
        tags = project.tags.of(image_ids.tolist())
        words = [tags.get(int(image), ()) for image in image_ids]
    members: dict[str, list[int]] = {}
    for position, names in enumerate(words):
        for name in names:
            members.setdefault(name, []).append(position)
    large = sorted(members.items(), key=lambda item: (-len(item[1]), item[0]))
    return {
        name: np.isin(np.arange(len(image_ids)), positions)
        for name, positions in large
        if len(positions) >= MIN_IMAGES
    }


def _clusters(
    project: Project, image_ids: npt.NDArray[np.int64], clustering_id: int | None
) -> list[list[str]]:
    if clustering_id is None:
        return [[] for _ in image_ids]
    names = {cluster.id: cluster.name for cluster in project.clusterings.clusters(clustering_id)}
    images, clusters = project.clusterings.assignment(clustering_id)
    cluster_of = dict(zip(images.tolist(), clusters.tolist(), strict=True))
    found = [names.get(cluster_of.get(int(image), -1)) for image in image_ids]
    return [[name] if name is not None else [] for name in found]
