"""Figures of a clustering, when it is made and after a user has moved images."""

from collections.abc import Sequence

import numpy as np

from ssl_studio.events import Cancel
from ssl_studio.project.file import Project


def scores_by_labels(
    numbers: np.ndarray, labels: Sequence[str | None], cancel: Cancel
) -> dict[str, float]:
    """Clusters (N,) against labels, names that begin with "label_"; empty without labels."""
    from ssl_studio.analysis.cluster_scores import label_scores
    from ssl_studio.analysis.evaluation import encode_labels

    codes, names = encode_labels(labels)
    if len(names) < 2:
        return {}
    found = label_scores(numbers, codes, cancel=cancel)
    return {f"label_{name}": value for name, value in found.items()}


def judge_again(project: Project, clustering_id: int, cancel: Cancel) -> dict[str, object]:
    """Scores of a clustering as it is now; distances and margins of its images are stored.

    What speaks of the search, and not of the groups that are there now, is left out.
    """
    from ssl_studio.analysis.clustering import redescribe

    record = project.clusterings.get(clustering_id)
    rest = record.settings.get("rest")
    outside = [c.id for c in project.clusterings.clusters(clustering_id) if c.number == rest]
    image_ids, cluster_ids = project.clusterings.assignment(clustering_id)
    ids = project.features.image_ids(record.feature_set_id)
    rows = np.flatnonzero(np.isin(ids, image_ids))
    own = cluster_ids[np.searchsorted(image_ids, ids[rows])]
    _names, numbers = np.unique(own, return_inverse=True)
    numbers[np.isin(own, outside)] = -1
    values = project.features.values(record.feature_set_id)[rows]
    whiten = record.settings.get("whiten")
    made = redescribe(
        values,
        numbers.astype(np.int64),
        seed=record.seed,
        whiten=whiten if isinstance(whiten, int) else 0,
        cancel=cancel,
    )
    project.clusterings.set_places(clustering_id, ids[rows], made.distances, made.margins)
    labels = project.images.labels(ids[rows])
    return {**made.scores, **scores_by_labels(made.numbers, labels, cancel)}
