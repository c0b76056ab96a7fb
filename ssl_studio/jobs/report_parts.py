"""Gathers what a report says from the project. No torch: nothing is computed, only read."""

import io
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import numpy as np
from PIL import Image, ImageDraw

from ssl_studio.events import Cancel, Progress, Report
from ssl_studio.exporting.report import ClusterPart, Picture, RunReport
from ssl_studio.exporting.report_charts import Series
from ssl_studio.jobs.comparison import SCORES, headline_scores
from ssl_studio.jobs.report_scores import bars_of, confused_of, scores_of
from ssl_studio.project.file import Project
from ssl_studio.project.records import (
    ClusteringRecord,
    ClusterRecord,
    FeatureSetRecord,
    ProjectionRecord,
    RunRecord,
)

CLOSEST, BORDERLINE = 10, 4
QUERIES, NEAREST = 8, 9
MOST_CLUSTERS = 60
MAP_SIDE_PX = 900
MOST_TILES = 128
MOST_ROWS = 8
_GROUPS = {
    "Loss": ("loss",),
    "kNN accuracy": ("knn_accuracy",),
    "Agreement of clusters with labels": ("nmi", "cluster_accuracy"),
    "Spread of embeddings": ("embedding_std", "feature_std"),
    "Effective rank": ("effective_rank", "feature_rank"),
    "Learning rate": ("learning_rate",),
    "Gradient norm": ("gradient_norm",),
    "Images per second": ("images_per_second",),
}


def gather(
    project: Project,
    run_id: int,
    feature_set_id: int | None,
    clustering_id: int | None,
    report: Report,
    cancel: Cancel,
) -> RunReport:
    """Everything that the project knows about a run."""
    run = project.runs.get(run_id)
    record = _features(project, run, feature_set_id)
    clustering = _clustering(project, record, clustering_id)

    def step(number: int, note: str) -> None:
        cancel.check()
        report(Progress(number, 6, note))

    step(0, "Reading settings and curves")
    curves = _curves(project, run)
    step(1, "Collecting clusters")
    clusters = [] if clustering is None else _clusters(project, clustering)
    step(2, "Drawing the map")
    picture, legend = (None, []) if record is None else _map(project, record, clustering)
    step(3, "Collecting neighbours")
    neighbours = [] if record is None else _neighbours(project, record)
    step(4, "Reading the evaluation")
    scores, note = ([], "") if record is None else scores_of(project, run, record)
    bars = [] if record is None else bars_of(project, record)
    confused = None if record is None else confused_of(project, record, clustering)
    step(5, "Collecting pictures of the run's working")
    panels, panels_note = _panels(project, run)
    return RunReport(
        title=run.name,
        subtitle=_subtitle(run),
        facts=_facts(project, run, record),
        settings={
            "Training": _rows(run.training),
            f"Method: {run.method}": _rows(run.settings),
        },
        curves=curves,
        clusters=clusters,
        clusters_note=_clusters_note(clustering, clusters),
        map=picture,
        map_legend=legend,
        neighbours=neighbours,
        scores=scores,
        scores_note=note,
        bars=bars,
        confused=confused,
        panels=panels,
        panels_note=panels_note,
        provenance=_provenance(project, run, record, clustering),
        remarks=[row.text for row in project.runs.log(run.id) if row.level != "info"][-12:],
        written_at=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
    )


def _features(
    project: Project, run: RunRecord, feature_set_id: int | None
) -> FeatureSetRecord | None:
    own = [record for record in project.features.all(run.id) if record.source == "run"]
    chosen = [record for record in own if record.id == feature_set_id]
    found = chosen or own
    return found[-1] if found else None


def _clustering(
    project: Project, record: FeatureSetRecord | None, clustering_id: int | None
) -> ClusteringRecord | None:
    if record is None:
        return None
    own = project.clusterings.all(record.id)
    chosen = [clustering for clustering in own if clustering.id == clustering_id]
    found = chosen or own
    return found[-1] if found else None


def _subtitle(run: RunRecord) -> str:
    said = [run.method, run.backbone, f"{run.epoch:g} of {run.epochs} epochs", run.status]
    if run.finished_at:
        said.append(run.finished_at[:10])
    return " · ".join(said) + (f". {run.notes}" if run.notes else "")


def _facts(
    project: Project, run: RunRecord, record: FeatureSetRecord | None
) -> list[tuple[str, str]]:
    found = [
        ("Images", f"{len(project.runs.training_images(run.id)):,}"),
        ("Epochs", f"{run.epoch:g}"),
        ("Time", _duration(run.seconds)),
    ]
    if record is not None:
        scores = headline_scores(project.features.probes(record.id))
        found += [
            (words, f"{100 * scores[name]:.1f} %")
            for name, words in SCORES.items()
            if name in scores
        ]
    return found


def _curves(project: Project, run: RunRecord) -> dict[str, dict[str, Series]]:
    told = project.runs.metrics(run.id)
    groups = dict(_GROUPS)
    used = {name for names in groups.values() for name in names}
    return {
        title: {name.replace("_", " "): told[name][1:] for name in names if name in told}
        for title, names in groups.items()
        if used & set(names) & told.keys()
    }


def _clusters(project: Project, clustering: ClusteringRecord) -> list[ClusterPart]:
    clusters = sorted(project.clusterings.clusters(clustering.id), key=lambda c: -c.size)
    return [_cluster(project, cluster) for cluster in clusters[:MOST_CLUSTERS] if cluster.size]


def _cluster(project: Project, cluster: ClusterRecord) -> ClusterPart:
    members = project.clusterings.members(cluster.id)
    labels = project.images.labels([member.image_id for member in members])
    counted = Counter(label for label in labels if label is not None).most_common(3)
    mostly = ", ".join(f"{n / len(members):.0%} {label}" for label, n in counted)
    edge = project.clusterings.members(cluster.id, "borderline", BORDERLINE)
    closest = [member.image_id for member in members[:CLOSEST]]
    is_small = cluster.size <= CLOSEST + BORDERLINE
    return ClusterPart(
        cluster.name,
        cluster.colour,
        cluster.note,
        cluster.size,
        mostly,
        _pictures(project, closest),
        [] if is_small else _pictures(project, [member.image_id for member in edge]),
    )


def _clusters_note(clustering: ClusteringRecord | None, shown: Sequence[ClusterPart]) -> str:
    if clustering is None:
        return ""
    said = [f"{clustering.algorithm} with {clustering.k} clusters, seed {clustering.seed}."]
    for name, words in (("silhouette", "Silhouette"), ("label_nmi", "NMI with the labels")):
        value = clustering.scores.get(name)
        if isinstance(value, int | float):
            said.append(f"{words} {value:.3f}.")
    if clustering.k > len(shown) == MOST_CLUSTERS:
        said.append(f"The {MOST_CLUSTERS} largest are shown.")
    return " ".join(said)


def _pictures(project: Project, ids: Sequence[int]) -> list[Picture]:
    thumbnails = project.images.thumbnails(ids)
    paths = {image.id: image.path for image in project.images.get(ids)}
    return [Picture(thumbnails[i], paths[i]) for i in ids if i in thumbnails and i in paths]


def _map(
    project: Project, record: FeatureSetRecord, clustering: ClusteringRecord | None
) -> tuple[Picture | None, list[tuple[str, str]]]:
    """The best map there is, its points in the colours of their clusters."""
    maps = project.features.projections(record.id)
    if not maps:
        return None, []
    order = {"umap": 2, "tsne": 1}
    best = max(maps, key=lambda m: (order.get(m.algorithm, 0), m.id))
    ids, points = project.features.coordinates(best)
    colours: dict[int, str] = {}
    legend: list[tuple[str, str]] = []
    if clustering is not None:
        clusters = {c.id: c for c in project.clusterings.clusters(clustering.id)}
        members, owners = project.clusterings.assignment(clustering.id)
        pairs = zip(members.tolist(), owners.tolist(), strict=True)
        colours = {image: clusters[owner].colour for image, owner in pairs if owner in clusters}
        ranked = sorted(clusters.values(), key=lambda c: -c.size)
        legend = [(c.name, c.colour) for c in ranked[:40]]
    drawn = draw_map(points, [colours.get(int(i), "#888888") for i in ids])
    return Picture(drawn, _map_words(best, len(ids))), legend


def _map_words(record: ProjectionRecord, count: int) -> str:
    names = {"umap": "UMAP", "tsne": "t-SNE", "pca": "PCA"}
    name = names.get(record.algorithm, record.algorithm)
    far = "" if name == "PCA" else " Distances between far groups and their sizes mean little."
    return f"{name} of {count:,} images, coloured by cluster.{far}"


def draw_map(points: np.ndarray, colours: Sequence[str]) -> bytes:
    """PNG with a transparent ground: every point (N, 2) as a dot of its colour."""
    picture = Image.new("RGBA", (MAP_SIDE_PX, MAP_SIDE_PX), (0, 0, 0, 0))
    pen = ImageDraw.Draw(picture)
    low, high = np.nanmin(points, axis=0), np.nanmax(points, axis=0)
    span = float(max(high - low)) or 1.0
    radius = 1.2 if len(points) > 20_000 else 1.8 if len(points) > 4_000 else 3.0
    room = MAP_SIDE_PX - 24
    places = 12 + ((points - low) + (span - (high - low)) / 2) / span * room
    for (x, y), colour in zip(places.tolist(), colours, strict=True):
        if x == x and y == y:
            top = MAP_SIDE_PX - y
            pen.ellipse((x - radius, top - radius, x + radius, top + radius), fill=colour)
    buffer = io.BytesIO()
    picture.quantize(255, method=Image.Quantize.FASTOCTREE).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _neighbours(
    project: Project, record: FeatureSetRecord
) -> list[tuple[Picture, Sequence[Picture]]]:
    """Queries evenly spread over the images, with what is nearest to each."""
    stored = project.features.neighbours(record.id)
    if stored is None:
        return []
    ids = project.features.image_ids(record.id)
    found: list[tuple[Picture, Sequence[Picture]]] = []
    for row in np.linspace(0, len(ids) - 1, min(QUERIES, len(ids))).astype(int).tolist():
        nearest, _ = project.features.neighbour_rows(stored, row, row + 1)
        query = _pictures(project, [int(ids[row])])
        if query:
            found.append((query[0], _pictures(project, nearest[0][:NEAREST].tolist())))
    return found


def _panels(
    project: Project, run: RunRecord
) -> tuple[dict[str, list[list[Picture]]], dict[str, str]]:
    """Pictures of the run's working at the latest step of each kind."""
    panels: dict[str, list[list[Picture]]] = {}
    notes: dict[str, str] = {}
    for kind in project.exhibits.kinds(run.id):
        step, epoch = project.exhibits.steps(run.id, kind)[-1]
        rows: dict[int, list[Picture]] = {}
        captions: dict[str, None] = {}
        for one in project.exhibits.all(run.id, kind, step):
            rows.setdefault(one.position, []).append(Picture(one.picture, one.panel))
            captions[one.caption] = None
        title = "First-layer filters" if kind == "filters" else kind.replace("_", " ").capitalize()
        most = MOST_TILES if kind == "filters" else MOST_ROWS
        panels[title] = list(rows.values())[:most]
        first = next(iter(captions), "")
        notes[title] = f"At epoch {epoch:g}." + (f" {first}" if len(captions) == 1 else "")
    return panels, notes


def _provenance(
    project: Project,
    run: RunRecord,
    record: FeatureSetRecord | None,
    clustering: ClusteringRecord | None,
) -> dict[str, list[tuple[str, str]]]:
    ids = project.runs.training_images(run.id)
    tables = {
        "Run": [
            ("created", run.created_at),
            ("started", run.started_at or "–"),
            ("ended", run.finished_at or "–"),
            ("step", f"{run.step:,}"),
            ("images", f"{len(ids):,}"),
            ("fingerprint of the images", project.images.fingerprint(ids)),
            *_rows({k: v for k, v in run.environment.items() if k not in ("encoder", "versions")}),
        ],
        "Versions": _rows(_mapping(run.environment.get("versions"))),
    }
    if record is not None:
        tables["Features"] = [
            ("layer", record.layer),
            ("numbers for each image", str(record.dimension)),
            ("images", f"{record.count:,}"),
            ("checkpoint", str(record.checkpoint_id or "–")),
            ("epoch", "–" if record.epoch is None else f"{record.epoch:g}"),
            ("created", record.created_at),
        ]
    if clustering is not None:
        tables["Clusters"] = [
            ("algorithm", clustering.algorithm),
            ("clusters", str(clustering.k)),
            ("seed", str(clustering.seed)),
            ("created", clustering.created_at),
            *_rows(clustering.settings),
        ]
    return tables


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _rows(values: Mapping[str, object]) -> list[tuple[str, str]]:
    return [
        (name.replace("_", " "), value if isinstance(value, str) else json.dumps(value))
        for name, value in values.items()
    ]


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
