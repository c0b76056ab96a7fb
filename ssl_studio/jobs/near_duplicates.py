"""Find images that look alike: the same picture in another size, encoding or light retouch."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ssl_studio.errors import AnalysisError
from ssl_studio.events import Artefact, Cancel, Note, Progress, Report
from ssl_studio.jobs.provenance import Stopwatch
from ssl_studio.project.duplicates import NearGroups
from ssl_studio.project.file import Project

MAX_BITS = 6
"""Of 64. Two encodings of a picture differ in 0 to 4, most other pictures in 20 to 44."""
MAX_DISTANCE = 0.02
"""1 - cosine. How alike features are depends on the encoder, so this is a matter of looking."""
MAX_UNLIKENESS = 9.0
"""Grey levels: pictures whose hashes agree by chance differ in more."""
_NEIGHBOURS = 10
_BATCH = 2000
_CANDIDATES = 20_000  # pairs whose pictures are compared at a time


@dataclass(frozen=True, slots=True)
class NearDuplicatesResult:
    """The search that was stored: `images` are in `groups`, `extra` of them beyond the first."""

    search_id: int
    groups: int
    images: int
    extra: int
    seconds: float


@dataclass(frozen=True, slots=True)
class NearDuplicatesJob:
    """Group all sound images of the project by how they look; images alone are in no group.

    By default by a 64-bit hash of the thumbnails' low frequencies: all pairs up to `bits` apart,
    each then confirmed by comparing the thumbnails themselves. With `feature_set_id` by the
    cosine of features instead: an image and those of its ten nearest within `distance`. Chains
    join: two images of a group may be further apart than the threshold.
    """

    bits: int = MAX_BITS
    feature_set_id: int | None = None
    distance: float = MAX_DISTANCE

    @property
    def title(self) -> str:
        """What it does."""
        return "Searching near duplicates"

    def run(self, project_path: Path, report: Report, cancel: Cancel) -> NearDuplicatesResult:
        """Search and store. Raises AnalysisError where there is nothing to compare."""
        watch = Stopwatch()
        with Project.open(project_path) as project:
            if self.feature_set_id is None:
                _hash_what_is_new(project, report, cancel)
                ids, found = self._by_hash(project, report, cancel)
            else:
                ids, found = self._by_features(project, self.feature_set_id, report, cancel)
            groups = _grouped(ids, found)
            stored = project.duplicates.replace(
                "hash" if self.feature_set_id is None else "features",
                groups,
                threshold=self.bits if self.feature_set_id is None else self.distance,
                images=len(ids),
                feature_set_id=self.feature_set_id,
                seconds=watch.seconds,
            )
        number = len(np.unique(groups.numbers))
        images = len(groups.image_ids)
        report(Artefact("near_duplicates", stored))
        report(Note("info", f"{number:,} groups of {images:,} images among {len(ids):,}."))
        return NearDuplicatesResult(stored, number, images, images - number, watch.seconds)

    def _by_hash(
        self, project: Project, report: Report, cancel: Cancel
    ) -> tuple[np.ndarray, "_Pairs"]:
        from ssl_studio.numerics.hamming import near_pairs

        report(Progress(0, None, "Comparing"))
        ids, hashes = project.duplicates.hashes()
        if len(ids) < 2:
            raise _nothing_to_compare()
        values, first, inverse = np.unique(hashes, return_index=True, return_inverse=True)
        left, right, bits = near_pairs(values, self.bits, cancel.check)
        # Equal hashes are joined to the first of them, unequal ones through their first.
        same = np.flatnonzero(first[inverse] != np.arange(len(ids)))
        pairs = _Pairs(
            np.concatenate([first[inverse[same]], first[left]]),
            np.concatenate([same, first[right]]),
            np.concatenate([np.zeros(len(same)), bits.astype(np.float64)]),
        )
        return ids, _confirmed(project, ids, pairs, report, cancel)

    def _by_features(
        self, project: Project, feature_set_id: int, report: Report, cancel: Cancel
    ) -> tuple[np.ndarray, "_Pairs"]:
        report(Progress(0, None, "Comparing features"))
        rows = project.features.image_ids(feature_set_id)
        ids = project.duplicates.best_first(rows)
        if len(ids) < 2:
            raise _nothing_to_compare()
        others, distances = _neighbours(project, feature_set_id, rows, cancel)
        near = distances <= self.distance
        place = _places(ids, np.concatenate([rows, others[near]]))
        left = np.repeat(place[: len(rows)], near.sum(axis=1))
        right = place[len(rows) :]
        both = (left >= 0) & (right >= 0)
        return ids, _Pairs(left[both], right[both], np.maximum(distances[near][both], 0.0))


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Pairs of positions and how far apart they are, as columns (P,)."""

    left: np.ndarray
    right: np.ndarray
    distances: np.ndarray


def _hash_what_is_new(project: Project, report: Report, cancel: Cancel) -> None:
    """Hash thumbnails that have no hash; what is stored stays when the job is stopped."""
    from ssl_studio.images.perceptual import perceptual_hash
    from ssl_studio.images.workers import in_order

    wanted = project.duplicates.unhashed().tolist()
    batches = [wanted[start : start + _BATCH] for start in range(0, len(wanted), _BATCH)]
    done = 0
    for batch in batches:
        report(Progress(done, len(wanted), "Looking at thumbnails"))
        jpegs = list(project.images.thumbnails(batch).items())
        parts = [jpegs[start : start + 100] for start in range(0, len(jpegs), 100)]

        def hash_part(part: Sequence[tuple[int, bytes]]) -> list[tuple[int, int]]:
            hashed = ((image_id, perceptual_hash(jpeg)) for image_id, jpeg in part)
            return [(image_id, value) for image_id, value in hashed if value is not None]

        found = [pair for part in in_order(hash_part, parts, cancel) for pair in part]
        values = np.array([value for _, value in found], np.uint64)
        project.duplicates.add_hashes([image_id for image_id, _ in found], values)
        done += len(batch)


def _confirmed(
    project: Project, ids: np.ndarray, pairs: _Pairs, report: Report, cancel: Cancel
) -> _Pairs:
    """Those pairs whose thumbnails look alike, not only their hashes."""
    from ssl_studio.images.perceptual import look, unlikeness

    kept = np.zeros(len(pairs.left), bool)
    order = np.lexsort((pairs.right, pairs.left))  # pairs of one image together: fewer decoded
    for start in range(0, len(order), _CANDIDATES):
        report(Progress(start, len(order), "Comparing pictures"))
        part = order[start : start + _CANDIDATES]
        needed = np.unique(np.concatenate([pairs.left[part], pairs.right[part]]))
        looks: dict[int, np.ndarray] = {}
        for image_id, jpeg in _thumbnails(project, ids[needed], cancel.check):
            seen = look(jpeg)
            if seen is not None:
                looks[image_id] = seen
        for position in part.tolist():
            a = looks.get(int(ids[pairs.left[position]]))
            b = looks.get(int(ids[pairs.right[position]]))
            if a is not None and b is not None:
                kept[position] = unlikeness(a, b) <= MAX_UNLIKENESS
        cancel.check()
    return _Pairs(pairs.left[kept], pairs.right[kept], pairs.distances[kept])


def _thumbnails(
    project: Project, image_ids: np.ndarray, check: Callable[[], object]
) -> Iterator[tuple[int, bytes]]:
    for start in range(0, len(image_ids), 200):
        check()
        yield from project.images.thumbnails(image_ids[start : start + 200]).items()


def _neighbours(
    project: Project, feature_set_id: int, rows: np.ndarray, cancel: Cancel
) -> tuple[np.ndarray, np.ndarray]:
    """Ids and distances (N, k) of the nearest other images: stored ones, or searched now."""
    record = project.features.neighbours(feature_set_id, _NEIGHBOURS)
    if record is not None and record.metric == "cosine":
        ids, distances = project.features.neighbour_rows(record, 0, len(rows))
        return ids[:, :_NEIGHBOURS], distances[:, :_NEIGHBOURS]
    from ssl_studio.numerics.neighbours import nearest_others

    values = project.features.values(feature_set_id)
    distances, indices = nearest_others(values, _NEIGHBOURS, check=cancel.check)
    return rows[indices], distances


def _places(ids: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Where each wanted id stands in `ids`; -1 where it does not."""
    order = np.argsort(ids)
    found = np.searchsorted(ids, wanted, sorter=order).clip(max=len(ids) - 1)
    places = order[found]
    return np.where(ids[places] == wanted, places, -1)


def _grouped(ids: np.ndarray, pairs: _Pairs) -> NearGroups:
    """Connected images, group by group; the earliest of `ids` (the best) leads its group.

    The distance of an image is that of its closest pair within the group; the leader's is 0.
    """
    from ssl_studio.numerics.hamming import groups_of

    numbers = groups_of(len(ids), pairs.left, pairs.right)
    closest = np.full(len(ids), np.inf)
    np.minimum.at(closest, pairs.left, pairs.distances)
    np.minimum.at(closest, pairs.right, pairs.distances)
    members = np.flatnonzero(numbers >= 0)
    _, leaders, own = np.unique(numbers[members], return_index=True, return_inverse=True)
    rank = np.argsort(np.argsort(leaders))[own]  # groups in the order of their leaders
    order = np.lexsort((members, rank))
    distances = closest[members]
    distances[leaders] = 0.0
    return NearGroups(ids[members][order], rank[order], distances[order])


def _nothing_to_compare() -> AnalysisError:
    return AnalysisError(
        "There are no two images to compare.", remedy="Add a folder of images, or scan again."
    )
