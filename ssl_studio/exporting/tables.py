"""Features and clusters as files that other programs read.

Letters: N images, D features.
"""

import csv
import io
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from ssl_studio.errors import ExportError
from ssl_studio.events import Cancel, Progress, Report, ignore
from ssl_studio.exporting.files import new_file, new_files, new_folder, told_in_words
from ssl_studio.exporting.names import UniqueNames, safe_name
from ssl_studio.project.paths import native

TreeMode = Literal["copy", "hardlink", "symlink"]
Json = Mapping[str, object]

CLUSTER_COLUMNS = ("path", "label", "cluster", "name", "distance", "margin")
_GROUP = 4096


@dataclass(frozen=True, slots=True)
class ClusterRow:
    """One image of a clustering, as a line of the table."""

    path: str
    label: str | None
    cluster: int
    name: str
    distance: float
    margin: float


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture file that goes into the folder of its cluster."""

    source: Path
    cluster: str


@dataclass(frozen=True, slots=True)
class Tree:
    """What came of a folder tree.

    Attributes:
        left_out: (path, reason) of the pictures that could not be placed.
    """

    folder: Path
    folders: int
    files: int
    left_out: Sequence[tuple[Path, str]]


def export_feature_arrays(
    folder: Path,
    stem: str,
    values: npt.NDArray[np.float32],
    paths: Sequence[str],
    labels: Sequence[str | None],
    *,
    about: Json,
    overwrite: bool = False,
) -> list[Path]:
    """`stem`.npy with float32 (N, D), `stem`.csv with the image of each row, `stem`.json about it.

    Raises ExportError.
    """
    _same_length(values, paths, labels)
    names = [f"{stem}.npy", f"{stem}.csv", f"{stem}.json"]
    with new_files(folder, names, overwrite=overwrite) as scratch:
        np.save(scratch / names[0], np.ascontiguousarray(values, np.float32), allow_pickle=False)
        pairs = zip(paths, labels, strict=True)
        rows = ((i, native(p), native(label or "")) for i, (p, label) in enumerate(pairs))
        _write_csv(scratch / names[1], ("row", "path", "label"), rows)
        text = json.dumps({"rows": len(values), "columns": values.shape[1], **about}, indent=2)
        (scratch / names[2]).write_text(text + "\n", encoding="utf-8")
    return [folder / name for name in names]


def export_feature_parquet(
    path: Path,
    values: npt.NDArray[np.float32],
    paths: Sequence[str],
    labels: Sequence[str | None],
    *,
    about: Json,
    overwrite: bool = False,
) -> Path:
    """One Parquet file: path, label, and the feature as a list of D float32 numbers.

    `about` lies in the schema's metadata under "ssl_studio". Raises ExportError.
    """
    import pyarrow as pa
    from pyarrow import parquet

    _same_length(values, paths, labels)
    schema = pa.schema(
        [
            ("path", pa.string()),
            ("label", pa.string()),
            ("feature", pa.list_(pa.float32(), values.shape[1])),
        ],
        metadata={"ssl_studio": json.dumps(dict(about))},
    )
    with (
        new_file(path, overwrite=overwrite) as partial,
        parquet.ParquetWriter(partial, schema) as writer,
    ):
        for start in range(0, max(1, len(values)), _GROUP):
            rows = slice(start, start + _GROUP)
            flat = pa.array(np.ascontiguousarray(values[rows], np.float32).ravel())
            columns = [
                pa.array([_plain(p) for p in paths[rows]], pa.string()),
                pa.array([label and _plain(label) for label in labels[rows]], pa.string()),
                pa.FixedSizeListArray.from_arrays(flat, values.shape[1]),
            ]
            writer.write_table(pa.Table.from_arrays(columns, schema=schema))
    return path


def export_feature_csv(
    path: Path,
    values: npt.NDArray[np.float32],
    paths: Sequence[str],
    labels: Sequence[str | None],
    *,
    overwrite: bool = False,
    cancel: Cancel | None = None,
) -> Path:
    """One table for spreadsheets: path, label, then the D numbers as f0, f1 ... with 7 digits.

    About 11 bytes for each number. Raises ExportError.
    """
    _same_length(values, paths, labels)

    def lines() -> Iterator[list[str]]:
        for row, (own, label) in enumerate(zip(paths, labels, strict=True)):
            if cancel is not None and row % 256 == 0:
                cancel.check()
            yield [
                native(own),
                native(label or ""),
                *(f"{value:.7g}" for value in values[row].tolist()),
            ]

    header = ["path", "label", *(f"f{i}" for i in range(values.shape[1]))]
    with new_file(path, overwrite=overwrite) as partial:
        _write_csv(partial, header, lines())
    return path


def export_table_csv(
    path: Path,
    header: Sequence[str],
    rows: Iterable[Sequence[str | float | None]],
    *,
    overwrite: bool = False,
) -> Path:
    """Any table; numbers with 9 digits, what is missing stays empty. Raises ExportError."""
    with new_file(path, overwrite=overwrite) as partial:
        _write_csv(partial, header, ([native(_cell(value)) for value in row] for row in rows))
    return path


def csv_text(header: Sequence[str], rows: Iterable[Sequence[str | float | None]]) -> str:
    """The same table as text, for the clipboard and for previews."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return buffer.getvalue()


def _cell(value: str | float | None) -> str:
    if value is None or value != value:
        return ""
    return value if isinstance(value, str) else f"{value:.9g}"


def export_clusters_csv(path: Path, rows: Iterable[ClusterRow], *, overwrite: bool = False) -> Path:
    """One line for each image: path, label, cluster, name, distance, margin."""
    with new_file(path, overwrite=overwrite) as partial:
        lines = (
            (native(r.path), native(r.label or ""), r.cluster, native(r.name),
             f"{r.distance:.6g}", f"{r.margin:.6g}")
            for r in rows
        )  # fmt: skip
        _write_csv(partial, CLUSTER_COLUMNS, lines)
    return path


def export_cluster_tree(
    folder: Path,
    pictures: Sequence[Picture],
    *,
    mode: TreeMode = "copy",
    keep_out_of: Sequence[Path] = (),
    report: Report = ignore,
    cancel: Cancel | None = None,
) -> Tree:
    """A folder for each cluster with its pictures in it, as copies or as links to the originals.

    The originals are only read. The tree appears in one step when it is complete. Names are made
    fit for every system, and equal names get a number. Hard links share their content with the
    originals: whoever edits one edits both.

    Args:
        folder: New or empty.
        keep_out_of: Folders of images; the tree may not lie in one of them, or the next scan
            would take it for new images.
    """
    _refuse_inside(folder, keep_out_of)
    place = _placer(mode)
    left_out: list[tuple[Path, str]] = []
    folders: dict[str, tuple[Path, UniqueNames]] = {}
    unique = UniqueNames()
    with new_folder(folder) as scratch:
        for number, picture in enumerate(pictures):
            if cancel is not None:
                cancel.check()
            if number % 64 == 0:
                report(Progress(number, len(pictures), "Sorting pictures into folders"))
            if picture.cluster not in folders:
                own = scratch / unique.take(safe_name(picture.cluster, "cluster"))
                own.mkdir()
                folders[picture.cluster] = (own, UniqueNames())
            own, names = folders[picture.cluster]
            if not picture.source.is_file():
                left_out.append((picture.source, "The file is no longer there."))
                continue
            place(picture.source, own / names.take(safe_name(picture.source.name, "picture")))
    return Tree(folder, len(folders), len(pictures) - len(left_out), left_out)


def _placer(mode: TreeMode) -> Callable[[Path, Path], None]:
    def copy(source: Path, target: Path) -> None:
        with told_in_words(target):
            shutil.copyfile(source, target)
            shutil.copystat(source, target)
            # An original that only its reader may read must not make a tree nobody can delete.
            target.chmod(target.stat().st_mode | 0o200)

    def hardlink(source: Path, target: Path) -> None:
        with told_in_words(target):
            os.link(source.resolve(), target)

    def symlink(source: Path, target: Path) -> None:
        with told_in_words(target):
            target.symlink_to(source.resolve())

    return {"copy": copy, "hardlink": hardlink, "symlink": symlink}[mode]


def _refuse_inside(folder: Path, roots: Sequence[Path]) -> None:
    for root in roots:
        if folder.resolve().is_relative_to(root.resolve()):
            raise ExportError(
                f"“{folder}” lies inside the folder of images “{root}”.",
                "The next scan would take the copies for new images.",
                "Choose a folder outside of it.",
            )


def _write_csv(
    path: Path, header: Sequence[str], rows: Iterable[Sequence[str | int | float]]
) -> None:
    # surrogateescape: a file name that is no valid text, as `native` gives it, keeps its bytes.
    with path.open("w", encoding="utf-8", errors="surrogateescape", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def _plain(text: str) -> str:
    """Text that Parquet can hold: bytes that are no text become question marks."""
    return native(text).encode("utf-8", "replace").decode("utf-8")


def _same_length(
    values: npt.NDArray[np.float32], paths: Sequence[str], labels: Sequence[str | None]
) -> None:
    if not len(values) == len(paths) == len(labels):
        raise ExportError(
            f"{len(values)} features cannot be told apart by {len(paths)} paths and "
            f"{len(labels)} labels.",
            remedy="Compute the features again.",
        )
