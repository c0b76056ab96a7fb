"""Labels from outside the pictures: names of sub-folders, or a table. They serve evaluation only.

No torch here.
"""

import csv
from collections.abc import Iterator, Sequence
from io import StringIO
from pathlib import Path
from typing import NamedTuple

from ssl_studio.errors import FolderError, UnreadableImage
from ssl_studio.images.decode import read_file, readable

# What people call these columns.
_PATH_NAMES = ("path", "file", "filename", "file_name", "image")
_LABEL_NAMES = ("label", "class", "category")
_SPLIT_NAMES = ("split", "set", "subset")

# Folders that usually say which part of a data set a picture belongs to, not what it shows.
_SPLIT_FOLDERS = {
    "train": "train", "training": "train",
    "val": "val", "valid": "val", "validation": "val",
    "test": "test", "testing": "test",
}  # fmt: skip


class Label(NamedTuple):
    """What a picture shows and which part of the data it belongs to, where known."""

    label: str | None
    split: str | None


def folder_label(path: str) -> Label:
    """Label and split of a relative path, told from the folders that it lies in.

    The innermost folder is the label; an outermost `train`, `val` or `test` is the split.
    """
    folders = path.split("/")[:-1]
    split = _SPLIT_FOLDERS.get(folders[0].lower()) if folders else None
    if split is not None:
        folders = folders[1:]
    return Label(folders[-1] if folders else None, split)


def folder_labels(paths: Sequence[str]) -> dict[str, Label]:
    """`folder_label` of each path."""
    return {path: folder_label(path) for path in paths}


def read_labels(table: Path, root: Path | None = None) -> dict[str, Label]:
    """Labels from a CSV with the columns path, label and, if wanted, split; keyed by path.

    Paths are relative to the scanned folder, with either kind of slash; absolute ones are made
    relative to `root`. Comma, semicolon and tab separate; UTF-8, UTF-16 or Latin-1. An empty cell
    is no label. Raises FolderError with the number of the line that is wrong.
    """
    try:
        text = _text(read_file(table))
    except UnreadableImage as error:
        raise _wrong(table, error.why) from error
    labels: dict[str, Label] = {}
    for line, (path, label, split) in _rows(text, table):
        known = _relative(path, root)
        if known in labels and labels[known] != Label(label, split):
            raise _wrong(table, f"Line {line} names “{known}” again with another label.")
        labels[known] = Label(label, split)
    if not labels:
        raise _wrong(table, "It has no rows.")
    return labels


def _rows(text: str, table: Path) -> Iterator[tuple[int, tuple[str, str | None, str | None]]]:
    reader = csv.reader(StringIO(text, newline=""), delimiter=_delimiter(text))
    try:
        header = [name.strip().lower() for name in next(reader, [])]
        path_column = _column(header, _PATH_NAMES)
        label_column = _column(header, _LABEL_NAMES)
        split_column = _column(header, _SPLIT_NAMES)
        if path_column is None or label_column is None:
            raise _wrong(table, "Its first line does not name the columns “path” and “label”.")
        for row in reader:
            if not any(cell.strip() for cell in row):
                continue
            path = _cell(row, path_column)
            if path is None:
                raise _wrong(table, f"Line {reader.line_num} has no path.")
            yield reader.line_num, (path, _cell(row, label_column), _cell(row, split_column))
    except csv.Error as error:
        raise _wrong(table, f"Line {reader.line_num} is no row of a table: {error}.") from error


def _text(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _delimiter(text: str) -> str:
    header = text.split("\n", 1)[0]
    return max(",;\t", key=header.count)


def _column(header: list[str], names: tuple[str, ...]) -> int | None:
    return next((header.index(name) for name in names if name in header), None)


def _cell(row: list[str], column: int | None) -> str | None:
    if column is None or column >= len(row):
        return None
    return row[column].strip() or None


def _relative(path: str, root: Path | None) -> str:
    text = path.replace("\\", "/")
    start = f"{root.as_posix()}/" if root is not None else None
    if start and text.startswith(start):
        text = text[len(start) :]
    return "/".join(part for part in text.split("/") if part not in ("", "."))


def _wrong(table: Path, why: str) -> FolderError:
    what = f"The table of labels “{readable(table.name)}” cannot be used."
    return FolderError(what, why, "Write one line “path,label,split” first, then one per picture.")
