"""The evaluation in a report: a table with references, charts, confusion of classes."""

from ssl_studio.exporting.report import Bars, Confused
from ssl_studio.jobs.comparison import SCORES, headline_scores
from ssl_studio.jobs.evaluate import references
from ssl_studio.jobs.score_tables import (
    EPOCHS,
    FEW_LABELS,
    LAYERS,
    ScoreTable,
    read_cluster_confusion,
    read_confusion,
    read_table,
)
from ssl_studio.project.file import Project
from ssl_studio.project.records import ClusteringRecord, FeatureSetRecord, RunRecord

_PIXELS = "raw pixels"


def scores_of(
    project: Project, run: RunRecord, record: FeatureSetRecord
) -> tuple[list[list[str]], str]:
    """A table of the features beside their references, and what must be known to read it."""
    sets = [(f"{run.name}, {record.layer}", record)]
    for source, name in (("random", "random initialisation"), ("pixels", _PIXELS)):
        others = references(project, record, "random" if source == "random" else "pixels")
        sets += [(name, others[-1])] if others else []
    found = {name: headline_scores(project.features.probes(own.id)) for name, own in sets}
    if not any(found.values()):
        return [], ""
    rows = [["", *SCORES.values()]]
    for name, scores in found.items():
        cells = [f"{100 * scores[key]:.1f} %" if key in scores else "–" for key in SCORES]
        rows.append([name, *cells])
    probes = project.features.probes(record.id)
    about = next((p.settings for p in reversed(probes) if "chance" in p.settings), None)
    if about is None:
        return rows, ""
    classes, chance = about.get("classes"), about.get("chance")
    share = f"{100 * chance:.1f} %" if isinstance(chance, float) else "–"
    return rows, (
        f"{classes} classes, so chance is {share}. Labels were used for looking only, never for "
        "training."
    )


def bars_of(project: Project, record: FeatureSetRecord) -> list[Bars]:
    """Charts of the layers, of a few labels and of the stored epochs."""
    probes = project.features.probes(record.id)
    titles = {"linear": "Linear probe by layer", "knn": "kNN accuracy by layer"}
    bars = []
    for kind, title in titles.items():
        table = read_table(probes, LAYERS, "linear" if kind == "linear" else "knn")
        if table is not None:
            points = [point for point in table.points if point != _PIXELS]
            series = {n: _plain(table, n) for n in table.series if n != _PIXELS}
            bars.append(Bars(title, points, series, _plain(table, _PIXELS)))
    few = read_table(probes, FEW_LABELS, "knn")
    if few is not None:
        title = "Accuracy by labelled images per class"
        bars.append(Bars(title, few.points, {"accuracy": _plain(few, "accuracy")}))
    epochs = read_table(probes, EPOCHS, "clustering")
    if epochs is not None:
        points = [point for point in epochs.points if point != _PIXELS]
        names = {"knn": "kNN accuracy", "nmi": "NMI", "ari": "ARI", "accuracy": "ACC"}
        series = {words: _plain(epochs, name) for name, words in names.items()}
        bars.append(Bars("Stored epochs (0 is untrained)", points, series))
    return bars


def _plain(table: ScoreTable, name: str) -> dict[str, float]:
    return {point: cell.value for point, cell in table.series.get(name, {}).items()}


def confused_of(
    project: Project, record: FeatureSetRecord, clustering: ClusteringRecord | None
) -> Confused | None:
    """Which classes are taken for which, or else in which clusters they lie."""
    found = read_confusion(project, record.id, "linear") or read_confusion(
        project, record.id, "knn"
    )
    if found is not None:
        title = "What images of each class (rows) are taken for (columns)"
        return Confused(title, found.rows, found.columns, found.counts())
    if clustering is None:
        return None
    found = read_cluster_confusion(project, clustering.id)
    if found is None:
        return None
    title = "In which clusters (columns) the images of each class (rows) lie"
    return Confused(title, found.rows, found.columns, found.counts())
