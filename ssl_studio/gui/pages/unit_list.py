"""The units of a layer as tiles, in an order that is chosen."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ssl_studio.gui import text
from ssl_studio.gui.pages.filter_reads import LayerUnits
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets.unit_tiles import Part, Tile
from ssl_studio.jobs.unit_groups import GroupScores
from ssl_studio.project.records import UnitImage
from ssl_studio.project.units import UnitRecord

Order = Literal["number", "sparse", "even", "strong", "silent", "group"]
ANY_GROUP = -1


@dataclass(frozen=True, slots=True)
class Liking:
    """The group that a unit goes with, and how surely: 0.5 is chance, 1 always."""

    name: str
    score: float


def likings(layer: LayerUnits, scores: GroupScores | None, group: int) -> dict[int, Liking]:
    """By unit, its liking for one group, or for the one it likes best (`ANY_GROUP`)."""
    if scores is None or not scores.names or len(scores.scores) != len(layer.units):
        return {}
    values = np.where(np.isnan(scores.scores), -1.0, scores.scores)
    columns = values.argmax(axis=1) if group == ANY_GROUP else np.full(len(values), group)
    return {
        record.unit: Liking(scores.names[int(column)], float(values[row, column]))
        for row, (record, column) in enumerate(zip(layer.units, columns, strict=True))
        if values[row, column] >= 0
    }


def in_order(layer: LayerUnits, order: Order, liked: dict[int, Liking]) -> list[UnitRecord]:
    """The units in an order; of equal ones the lower number comes first."""

    def place(record: UnitRecord) -> float:
        if order == "sparse":
            return -record.sparseness
        if order == "even":
            return record.sparseness
        if order == "strong":
            return -record.largest
        if order == "silent":
            return -record.silent
        if order == "group":
            return -liked[record.unit].score if record.unit in liked else 1.0
        return float(record.unit)

    return sorted(layer.units, key=lambda record: (place(record), record.unit))


def unit_tiles(
    layer: LayerUnits, order: Order, liked: dict[int, Liking], painted: bool
) -> list[Tile]:
    """Tiles of best crops, or of the pictures that maximise units where they are painted."""
    return [
        Tile(
            record.unit,
            _parts(layer, record.unit, painted),
            tr("unit {n}").format(n=record.unit),
            _detail(record, order, liked.get(record.unit)),
            _tip(record, liked.get(record.unit)),
            tr("not painted yet") if painted else "",
        )
        for record in in_order(layer, order, liked)
    ]


def _parts(layer: LayerUnits, unit: int, painted: bool) -> tuple[Part, ...]:
    if painted:
        picture = layer.painted.get(unit)
        return (Part(picture),) if picture is not None else ()
    return tuple(crop_part(image) for image in layer.best.get(unit, ()))


def crop_part(image: UnitImage) -> Part:
    """The part of an image that a unit sees where it answers most."""
    return Part(image_id=image.image_id, box=(image.x0, image.y0, image.x1, image.y1))


def _detail(record: UnitRecord, order: Order, liking: Liking | None) -> str:
    if order in ("sparse", "even"):
        return tr("sparseness {value}").format(value=f"{record.sparseness:.2f}")
    if order == "silent":
        return tr("silent on {share}").format(share=text.percent(record.silent))
    if order == "strong" or liking is None:
        return tr("up to {value}").format(value=text.figure(record.largest))
    return f"{liking.name} {liking.score:.2f}"


def _tip(record: UnitRecord, liking: Liking | None) -> str:
    lines = [
        tr("Unit {n}").format(n=record.unit),
        tr("largest answer {value}").format(value=text.figure(record.largest)),
        tr("silent on {share} of the images").format(share=text.percent(record.silent)),
    ]
    if liking is not None:
        lines.append(
            tr("answers more to “{name}” than to others in {share} of all pairs").format(
                name=liking.name, share=text.percent(liking.score)
            )
        )
    return "\n".join(lines)


def coverage_words(layer: LayerUnits) -> str:
    """How many units were seen on how many images."""
    survey = layer.survey
    units = text.counted(len(layer.units), tr("unit"), tr("units"))
    if survey.images < survey.of_images:
        return tr("{units}, seen on {n} of {all} images").format(
            units=units, n=text.count(survey.images), all=text.count(survey.of_images)
        )
    return tr("{units}, seen on all {n} images").format(units=units, n=text.count(survey.images))
