"""What an export would write: names, sizes, first rows, and how to load it. Writes nothing.

Light: no torch. Sizes are close estimates; those of a cluster tree are the files' own.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from ssl_studio.errors import AnalysisError
from ssl_studio.exporting.names import UniqueNames, safe_name
from ssl_studio.exporting.tables import CLUSTER_COLUMNS, csv_text
from ssl_studio.jobs.comparison import read_comparison
from ssl_studio.jobs.export import FeatureFormat, Tree
from ssl_studio.jobs.export_tables import (
    COMPARISON,
    CURVE_COLUMNS,
    CURVES,
    TAG_COLUMNS,
    TAGS,
    curve_rows,
    tag_rows,
)
from ssl_studio.jobs.report import REPORT
from ssl_studio.jobs.report_parts import BORDERLINE, CLOSEST, MOST_CLUSTERS
from ssl_studio.project.file import Project

SHOWN_ROWS = 6
SHOWN_NUMBERS = 6
SHOWN_FOLDERS = 8
_LABEL_BYTES = 2


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """A file, or a folder of files, that would be written.

    Attributes:
        name: Relative to the destination.
        bytes: Estimate; None where nobody can say.
        is_there: Whether something of that name lies there now.
    """

    name: str
    about: str
    bytes: int | None
    is_there: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """What an export would write into a folder.

    Attributes:
        preview: The first lines, as they will stand in the file.
        snippet: Python that loads it.
        note: A warning or a fact to know before.
    """

    folder: Path
    files: Sequence[PlannedFile]
    preview: str = ""
    snippet: str = ""
    note: str = ""

    @property
    def total_bytes(self) -> int:
        """Of all files whose size is known."""
        return sum(file.bytes or 0 for file in self.files)

    @property
    def clashes(self) -> list[str]:
        """Names that are there already."""
        return [file.name for file in self.files if file.is_there]


def plan_encoder(
    project: Project, folder: Path, run_id: int, checkpoint_id: int | None, onnx: bool
) -> Plan:
    """Weights, description, card and ONNX. Raises AnalysisError without a checkpoint."""
    run = project.runs.get(run_id)
    checkpoint = (
        project.runs.latest_checkpoint(run_id)
        if checkpoint_id is None
        else project.runs.checkpoint(checkpoint_id)
    )
    if checkpoint is None:
        raise AnalysisError(
            f"The run “{run.name}” has no checkpoint yet.", remedy="Train it for a while first."
        )
    weights, count = _encoder_bytes(project, checkpoint.array_id)
    files = [
        _file(folder, "encoder.safetensors", f"{count} tensors in torchvision's names", weights),
        _file(folder, "encoder.json", "architecture, preprocessing, provenance", 3_500),
        _file(folder, "README.md", "model card with the code that loads it", 5_500),
    ]
    if onnx:
        files.append(_file(folder, "encoder.onnx", "the same for ONNX, checked", weights + 60_000))
    preview = (
        f"run         {run.name}\nmethod      {run.method}\nbackbone    {run.backbone}\n"
        f"checkpoint  epoch {checkpoint.epoch:g}, step {checkpoint.step}\n"
        f"saved       {checkpoint.created_at}\n"
    )
    note = "README.md holds the whole code: it needs torch and torchvision, nothing else."
    return Plan(folder, files, preview, _ENCODER.format(folder=str(folder)), note)


def plan_features(
    project: Project, folder: Path, feature_set_id: int, formats: Sequence[FeatureFormat]
) -> Plan:
    """Arrays and tables of a feature set."""
    record = project.features.get(feature_set_id)
    ids = project.features.image_ids(feature_set_id)
    rows, columns, stem = record.count, record.dimension, f"features-{feature_set_id}"
    images = project.images.get(ids[:SHOWN_ROWS])
    typical = sum(len(i.path) + len(i.label or "") for i in images) / max(1, len(images))
    table, matrix = round(rows * (typical + _LABEL_BYTES)), rows * columns * 4
    files = []
    if "npy" in formats:
        files += [
            _file(folder, f"{stem}.npy", f"float32 ({rows:,}, {columns:,})", matrix + 128),
            _file(folder, f"{stem}.csv", "which image each row is", table + 7 * rows),
            _file(folder, f"{stem}.json", "where they come from", 1_500),
        ]
    if "csv" in formats:
        size = table + rows * columns * 11
        files.append(_file(folder, f"{stem}-table.csv", "path, label and all numbers", size))
    if "parquet" in formats:
        size = round(0.97 * matrix) + table // 3
        files.append(_file(folder, f"{stem}.parquet", "path, label, feature as a list", size))
    values = project.arrays.rows(record.values_array, 0, len(images))
    shown = min(columns, SHOWN_NUMBERS)
    header = ["path", "label", *(f"f{i}" for i in range(shown)), "…"]
    lines = [
        [image.path, image.label or "", *(f"{v:.4f}" for v in row[:shown].tolist()), "…"]
        for image, row in zip(images, values, strict=True)
    ]
    snippet = _FEATURES["parquet" if "npy" not in formats and "parquet" in formats else "npy"]
    if tuple(formats) == ("csv",):
        snippet = _FEATURES["csv"]
    return Plan(
        folder,
        files,
        csv_text(header, lines),
        snippet.format(folder=str(folder), stem=stem),
        "" if formats else "Choose at least one format.",
    )


def plan_clusters(project: Project, folder: Path, clustering_id: int, tree: Tree) -> Plan:
    """The table of a clustering, and where its pictures would lie."""
    clusters = project.clusterings.clusters(clustering_id)
    rows: list[list[str | float | None]] = []
    for cluster in clusters:
        if len(rows) >= SHOWN_ROWS:
            break
        members = project.clusterings.members(cluster.id, limit=SHOWN_ROWS - len(rows))
        images = project.images.get([member.image_id for member in members])
        rows += [
            [i.path, i.label, float(cluster.number), cluster.name, m.distance, m.margin]
            for i, m in zip(images, members, strict=True)
        ]
    total = sum(cluster.size for cluster in clusters)
    length = sum(len(",".join(str(v) for v in row)) for row in rows) / max(1, len(rows))
    name = f"clusters-{clustering_id}"
    size = round(total * (length + 1))
    files = [_file(folder, f"{name}.csv", f"{total:,} images with their cluster", size)]
    preview = csv_text(CLUSTER_COLUMNS, rows)
    if tree != "none":
        ids, _ = project.clusterings.assignment(clustering_id)
        weigh = sum(image.bytes for image in project.images.get(ids)) if tree == "copy" else 0
        about = f"{len(clusters)} folders with {total:,} {_TREE[tree]}"
        files.append(_file(folder, f"{name}/", about, weigh))
        unique = UniqueNames()
        folders = [(unique.take(safe_name(c.name, "cluster")), c.size) for c in clusters]
        preview += "\n" + "\n".join(
            f"{name}/{own}/  ({size:,} images)" for own, size in folders[:SHOWN_FOLDERS]
        )
        preview += "\n…" if len(folders) > SHOWN_FOLDERS else ""
    note = _TREE_NOTES.get(tree, "")
    return Plan(folder, files, preview, _CLUSTERS.format(folder=str(folder), name=name), note)


def plan_curves(project: Project, folder: Path, run_id: int) -> Plan:
    """The table of everything a run told."""
    curves = project.runs.curves(run_id)
    points = sum(values.shape[1] for values in curves.values())
    file = _file(folder, CURVES, f"{len(curves)} figures, {points:,} lines", 48 * points + 40)
    preview = csv_text(CURVE_COLUMNS, islice(curve_rows(project, run_id), SHOWN_ROWS))
    return Plan(folder, [file], preview, _TABLE.format(folder=str(folder), name=CURVES))


def plan_tags(project: Project, folder: Path) -> Plan:
    """The table of tagged images."""
    tagged = sum(tag.images for tag in project.tags.all())
    rows = list(tag_rows(project, SHOWN_ROWS))
    text = csv_text(TAG_COLUMNS, rows)
    size = round(tagged * len(text) / max(1, len(rows) + 1))
    file = _file(folder, TAGS, f"{len(project.tags.all())} tags", size)
    note = "" if tagged else "No image bears a tag yet; the table would be empty."
    return Plan(folder, [file], text, _TABLE.format(folder=str(folder), name=TAGS), note)


def plan_comparison(project: Project, folder: Path) -> Plan:
    """The table of all runs."""
    found = read_comparison(project)
    whole = csv_text(found.header(), [found.cells(line) for line in found.lines])
    file = _file(folder, COMPARISON, f"{len(found.lines)} lines", len(whole.encode()))
    shown = "".join(whole.splitlines(keepends=True)[: SHOWN_ROWS + 1])
    return Plan(folder, [file], shown, _TABLE.format(folder=str(folder), name=COMPARISON))


def plan_report(
    project: Project,
    folder: Path,
    run_id: int,
    feature_set_id: int | None = None,
    clustering_id: int | None = None,
) -> Plan:
    """The report of a run; of its features and clusters the newest, unless others are named."""
    run = project.runs.get(run_id)
    sets = [record for record in project.features.all(run_id) if record.source == "run"]
    sets = [record for record in sets if record.id == feature_set_id] or sets[-1:]
    clusters = [c for r in sets for c in project.clusterings.all(r.id)]
    clusters = [c for c in clusters if c.id == clustering_id] or clusters[-1:]
    shown = min(clusters[0].k, MOST_CLUSTERS) * (CLOSEST + BORDERLINE) if clusters else 0
    thumbnails = project.images.thumbnails(project.images.ids()[:SHOWN_ROWS]).values()
    typical = sum(len(data) for data in thumbnails) / max(1, len(thumbnails))
    kinds = project.exhibits.kinds(run_id)
    size = 40_000 + round(1.34 * typical * (shown + 80)) + 60_000 * len(kinds)
    has = {
        "settings and curves": True,
        "clusters with representatives": bool(clusters),
        "map": any(project.features.projections(r.id) for r in sets),
        "neighbours": any(project.features.neighbours(r.id) for r in sets),
        "evaluation with baselines": any(project.features.probes(r.id) for r in sets),
        f"pictures of its working: {', '.join(kinds) or 'none'}": bool(kinds),
        "provenance": True,
    }
    preview = f"{run.name}\n\n" + "\n".join(
        f"{'[x]' if is_known else '[ ]'} {name}{'' if is_known else '  (not made yet)'}"
        for name, is_known in has.items()
    )
    file = _file(folder, REPORT, "one page, pictures inside", size)
    return Plan(folder, [file], preview, _REPORT.format(folder=str(folder)))


def _file(folder: Path, name: str, about: str, size: int | None) -> PlannedFile:
    return PlannedFile(name, about, size, (folder / name).exists())


def _encoder_bytes(project: Project, array_id: int) -> tuple[int, int]:
    """Bytes and number of the encoder's tensors, out of the header of a checkpoint."""
    length = int.from_bytes(project.arrays.rows(array_id, 0, 8).tobytes(), "little")
    header = json.loads(project.arrays.rows(array_id, 8, 8 + length).tobytes())
    about = json.loads(header.pop("__metadata__", {}).get("ssl_studio", "{}"))
    prefix = f"method/{about.get('encoder_prefix', '')}"
    spans = [e["data_offsets"] for name, e in header.items() if name.startswith(prefix)]
    return sum(end - start for start, end in spans) + 90 * len(spans), len(spans)


_TREE = {"copy": "copies", "hardlink": "hard links", "symlink": "links to the originals"}
_TREE_NOTES = {
    "copy": "The originals are only read.",
    "hardlink": "Hard links share their content with the originals: who edits one edits both.",
    "symlink": "The links break when the originals move.",
}
_ENCODER = """\
# the whole code stands in README.md; the weights alone:
from safetensors.torch import load_file
weights = load_file(r"{folder}/encoder.safetensors")

# or without torch:
import onnxruntime
session = onnxruntime.InferenceSession(r"{folder}/encoder.onnx")
(features,) = session.run(["features"], {{"images": images}})  # float32 (B, 3, S, S)
"""
_FEATURES = {
    "npy": """\
import numpy, csv
features = numpy.load(r"{folder}/{stem}.npy")  # float32, one row for each image
paths = [row["path"] for row in csv.DictReader(open(r"{folder}/{stem}.csv"))]
""",
    "parquet": """\
import pandas, numpy
table = pandas.read_parquet(r"{folder}/{stem}.parquet")
features = numpy.stack(table["feature"])
""",
    "csv": """\
import pandas
table = pandas.read_csv(r"{folder}/{stem}-table.csv")
features = table.filter(regex="^f[0-9]+$").to_numpy("float32")
""",
}
_CLUSTERS = """\
import pandas
clusters = pandas.read_csv(r"{folder}/{name}.csv")
print(clusters.groupby("name").size())
"""
_REPORT = """\
# open it in any browser; nothing is loaded from outside
import webbrowser, pathlib
webbrowser.open(pathlib.Path(r"{folder}/report.html").as_uri())
"""
_TABLE = """\
import pandas
table = pandas.read_csv(r"{folder}/{name}")
"""
