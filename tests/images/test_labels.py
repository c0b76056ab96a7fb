from pathlib import Path

import pytest

from ssl_studio.errors import FolderError
from ssl_studio.images.labels import folder_label, folder_labels, read_labels
from tests.pictures import draw_folder, write_labels


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a.jpg", (None, None)),
        ("cat/a.jpg", ("cat", None)),
        ("animals/cat/a.jpg", ("cat", None)),
        ("train/cat/a.jpg", ("cat", "train")),
        ("Validation/cat/a.jpg", ("cat", "val")),
        ("test/a.jpg", (None, "test")),
    ],
)
def test_folders_tell_label_and_split(path: str, expected: tuple[str | None, str | None]) -> None:
    assert folder_label(path) == expected
    assert folder_labels([path]) == {path: expected}


def test_table_with_split(tmp_path: Path) -> None:
    draw_folder(tmp_path / "p", per_class=2)
    labels = read_labels(write_labels(tmp_path / "p", tmp_path / "l.csv"))
    assert len(labels) == 6
    assert labels["circles/circles-0000.jpg"] == ("circles", "test")
    assert labels["stripes/stripes-0001.jpg"] == ("stripes", "test")
    assert labels["squares/squares-0000.jpg"] == ("squares", "train")


@pytest.mark.parametrize(
    "data",
    [
        b"path,label\na/b.jpg,cat\n",
        b'\xef\xbb\xbfPath;Label\r\n"a/b.jpg";cat\r\n\r\n',
        "label\tfilename\ncat\t./a\\b.jpg\n".encode("utf-16"),
        b"path,class,split\na/b.jpg, cat ,\n",
    ],
)
def test_tables_as_people_write_them(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "l.csv").write_bytes(data)
    assert read_labels(tmp_path / "l.csv") == {"a/b.jpg": ("cat", None)}


def test_latin_letters(tmp_path: Path) -> None:
    (tmp_path / "l.csv").write_bytes("path,label\na.jpg,Bär\n".encode("latin-1"))
    assert read_labels(tmp_path / "l.csv")["a.jpg"].label == "Bär"


def test_absolute_paths_are_taken_from_the_root(tmp_path: Path) -> None:
    (tmp_path / "l.csv").write_text(f"path,label\n{(tmp_path / 'a/b.jpg').as_posix()},cat\n")
    assert read_labels(tmp_path / "l.csv", tmp_path) == {"a/b.jpg": ("cat", None)}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "does not name the columns"),
        ("file,colour\na,b\n", "does not name the columns"),
        ("path,label\n", "has no rows"),
        ("path,label\na.jpg,x\n,y\n", "Line 3 has no path"),
        ("path,label\na.jpg,x\na.jpg,y\n", "Line 3 names “a.jpg” again"),
    ],
)
def test_wrong_tables_say_where(tmp_path: Path, text: str, why: str) -> None:
    (tmp_path / "l.csv").write_text(text)
    with pytest.raises(FolderError, match=why):
        read_labels(tmp_path / "l.csv")


def test_missing_table(tmp_path: Path) -> None:
    with pytest.raises(FolderError, match="no longer there"):
        read_labels(tmp_path / "gone.csv")
