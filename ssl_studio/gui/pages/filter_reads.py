"""What the page of filters reads from the project, in the background."""

from collections import Counter
from dataclasses import dataclass

import numpy as np
from PySide6.QtGui import QImage

from ssl_studio.gui import text
from ssl_studio.gui.decoding import decoded
from ssl_studio.gui.models.thumbnails import fetch_images
from ssl_studio.gui.pages.run_picker import read_trained_runs
from ssl_studio.gui.text import tr
from ssl_studio.jobs.filters import FILTERS, TRAINED, UNTRAINED, by_step, strength_of
from ssl_studio.jobs.unit_groups import Grouping
from ssl_studio.project.file import Project
from ssl_studio.project.records import ExhibitRecord, RunRecord, UnitImage
from ssl_studio.project.units import (
    AttentionMaps,
    UnitAnswers,
    UnitPictureRecord,
    UnitRecord,
    UnitSurveyRecord,
)

UNTRAINED_ID = -1
"""Stands for the run as it was before training, where a checkpoint is chosen."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A state of a run that can be looked at; `checkpoint_id` is None before training."""

    checkpoint_id: int | None
    words: str
    step: int = 0

    @property
    def is_trained(self) -> bool:
        """Whether it is a state of the training."""
        return self.checkpoint_id is not None


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What is stored about a run's units."""

    run: RunRecord
    moments: tuple[Moment, ...]
    surveys: tuple[UnitSurveyRecord, ...]


@dataclass(frozen=True, slots=True)
class FilterSheet:
    """First-layer filters: pictures, and the largest weight of each."""

    pictures: tuple[QImage, ...]
    strengths: tuple[float | None, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class FilterSheets:
    """The filters at a moment, and those before training to compare with."""

    trained: FilterSheet
    untrained: FilterSheet


NO_SHEETS = FilterSheets(FilterSheet((), ()), FilterSheet((), ()))


@dataclass(frozen=True, slots=True)
class LayerUnits:
    """The units of a survey with their best images and painted pictures, by number."""

    survey: UnitSurveyRecord
    units: tuple[UnitRecord, ...]
    best: dict[int, list[UnitImage]]
    painted: dict[int, QImage]


@dataclass(frozen=True, slots=True)
class UnitDetails:
    """All that is known of a unit."""

    answers: UnitAnswers
    best: tuple[UnitImage, ...]
    shares: tuple[tuple[str, int, float], ...]
    painted: UnitPictureRecord | None
    painted_untrained: UnitPictureRecord | None
    labels: tuple[str | None, ...] = ()


@dataclass(frozen=True, slots=True)
class ImageAttention:
    """Attention on an image; `attended` are the images whose attention is known."""

    image_id: int | None
    picture: QImage | None
    name: str
    maps: tuple[AttentionMaps, ...]
    attended: tuple[int, ...]


def read_runs(project: Project) -> list[RunRecord]:
    """Runs that have made a step, the newest first."""
    return read_trained_runs(project)


def read_run(project: Project, run_id: int) -> RunFacts:
    """Moments, the newest first, and surveys."""
    points = by_step(project.runs.checkpoints(run_id))
    moments = [
        Moment(point.id, tr("epoch {n}").format(n=f"{point.epoch:g}"), point.step)
        for point in reversed(points)
    ]
    if moments:
        newest = moments[0]
        words = tr("{epoch}, the latest").format(epoch=newest.words)
        moments[0] = Moment(newest.checkpoint_id, words, newest.step)
    moments.append(Moment(None, tr("before training")))
    run = project.runs.get(run_id)
    return RunFacts(run, tuple(moments), tuple(project.units.surveys(run_id)))


def read_filters(project: Project, run_id: int, moment: Moment) -> FilterSheets:
    """The filters at the step of a moment (else the newest), and before training."""
    records = project.exhibits.all(run_id, FILTERS)
    trained = [record for record in records if record.panel == TRAINED]
    steps = {record.step for record in trained}
    step = moment.step if moment.step in steps else max(steps, default=0)
    untrained = _sheet([record for record in records if record.panel == UNTRAINED])
    if moment.checkpoint_id is None:
        return FilterSheets(untrained, untrained)
    return FilterSheets(_sheet([r for r in trained if r.step == step]), untrained)


def _sheet(records: list[ExhibitRecord]) -> FilterSheet:
    note = records[0].caption.partition(". ")[2] if records else ""
    return FilterSheet(
        tuple(decoded(record.picture) for record in records),
        tuple(strength_of(record.caption) for record in records),
        note,
    )


def rescaled(picture: QImage, factor: float) -> QImage:
    """A filter drawn by another scale: contrasts around mid-grey times a factor in [0, 1]."""
    rgb = picture.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(rgb.constBits(), np.uint8).reshape(rgb.height(), rgb.bytesPerLine())
    pixels = rows[:, : 3 * rgb.width()].astype(np.float32)
    levels = np.ascontiguousarray((127.5 + (pixels - 127.5) * factor).round().astype(np.uint8))
    width, height = rgb.width(), rgb.height()
    made = QImage(levels.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888)
    return made.copy()


def read_layer(project: Project, survey: UnitSurveyRecord) -> LayerUnits:
    """Every unit of a survey."""
    best: dict[int, list[UnitImage]] = {}
    for image in project.units.best(survey.id):
        best.setdefault(image.unit, []).append(image)
    pictures = project.units.pictures(survey.run_id, survey.checkpoint_id, survey.layer)
    painted = {picture.unit: decoded(picture.picture) for picture in pictures}
    return LayerUnits(survey, tuple(project.units.all(survey.id)), best, painted)


def read_unit(
    project: Project,
    survey: UnitSurveyRecord,
    unit: int,
    grouping: Grouping,
    clustering_id: int | None,
) -> UnitDetails | None:
    """One unit with what its best images are; None where there is no such unit."""
    answers = project.units.answers(survey, unit)
    if answers is None:
        return None
    best = [image for image in project.units.best(survey.id) if image.unit == unit]
    ids = [image.image_id for image in best]
    names = names_of(project, ids, grouping, clustering_id)
    counts = Counter(name for own in names for name in own)
    shares = [(name, number, number / max(1, len(ids))) for name, number in counts.most_common()]

    def painted(checkpoint_id: int | None) -> UnitPictureRecord | None:
        found = project.units.pictures(survey.run_id, checkpoint_id, survey.layer, unit)
        return found[0] if found else None

    first_names = tuple(own[0] if own else None for own in names)
    return UnitDetails(
        answers, tuple(best), tuple(shares), painted(survey.checkpoint_id), painted(None),
        first_names,
    )  # fmt: skip


def names_of(
    project: Project, image_ids: list[int], grouping: Grouping, clustering_id: int | None
) -> list[tuple[str, ...]]:
    """The labels, clusters or tags of some images."""
    if grouping == "labels":
        return [(label,) if label else () for label in project.images.labels(image_ids)]
    if grouping == "tags":
        tags = project.tags.of(image_ids)
        return [tags.get(image_id, ()) for image_id in image_ids]
    if clustering_id is None:
        return [() for _ in image_ids]
    names = {cluster.id: cluster.name for cluster in project.clusterings.clusters(clustering_id)}
    images, clusters = project.clusterings.assignment(clustering_id)
    found = dict(zip(images.tolist(), clusters.tolist(), strict=True))
    return [
        (names[found[image_id]],) if found.get(image_id) in names else () for image_id in image_ids
    ]


def read_attention(
    project: Project, run_id: int, checkpoint_id: int | None, image_id: int | None
) -> ImageAttention:
    """Attention on an image; on the one looked at last where none is asked for."""
    attended = project.units.attended(run_id, checkpoint_id)
    shown = image_id if image_id is not None else (attended[0] if attended else None)
    if shown is None:
        first = project.images.ids()[:1]
        shown = int(first[0]) if len(first) else None
    if shown is None:
        return ImageAttention(None, None, "", (), tuple(attended))
    record = project.images.get([shown])[0]
    maps = project.units.attention(run_id, checkpoint_id, shown)
    picture = fetch_images(project, [shown]).get(shown)
    name = record.path.rsplit("/", 1)[-1]
    return ImageAttention(shown, picture, name, tuple(maps), tuple(attended))


def figures_words(record: UnitRecord) -> str:
    """How a unit answers, in a sentence."""
    return tr(
        "Largest answer {largest}, on average {mean}; silent on {silent} of the images. "
        "Sparseness {sparseness}: 0 answers to all alike, 1 to a single one."
    ).format(
        largest=text.figure(record.largest),
        mean=text.figure(record.mean),
        silent=text.percent(record.silent),
        sparseness=f"{record.sparseness:.2f}",
    )


def layer_words(layer: str, units: int = 0) -> str:
    """A layer with the number of its units, where that is known."""
    name = text.layer(layer)
    return tr("{layer} · {n} units").format(layer=name, n=units) if units else name
