import errno
import os

import pytest

from ssl_studio.errors import ExportError
from ssl_studio.exporting.files import new_file, new_files, new_folder, told_in_words


def test_a_file_appears_whole(tmp_path):
    path = tmp_path / "deep" / "table.csv"
    with new_file(path) as partial:
        partial.write_text("all of it")
        assert not path.exists()
    assert path.read_text() == "all of it"
    assert os.listdir(path.parent) == ["table.csv"]


def test_nothing_is_left_when_the_writer_fails(tmp_path):
    def fail() -> None:
        with new_file(tmp_path / "table.csv") as partial:
            partial.write_text("half of it")
            raise ValueError("in the middle")

    with pytest.raises(ValueError, match="in the middle"):
        fail()
    assert os.listdir(tmp_path) == []


def test_files_are_overwritten_only_when_asked(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("mine")
    with pytest.raises(ExportError, match="there already"), new_file(path) as partial:
        partial.write_text("yours")
    assert path.read_text() == "mine"
    with new_file(path, overwrite=True) as partial:
        partial.write_text("yours")
    assert path.read_text() == "yours"


def test_several_files_leave_their_neighbours_alone(tmp_path):
    (tmp_path / "other.txt").write_text("stays")
    (tmp_path / "b").write_text("of an older export")
    with new_files(tmp_path, ["a", "b"], overwrite=True) as scratch:
        (scratch / "a").write_text("new")
    assert {p.name: p.read_text() for p in tmp_path.iterdir()} == {"other.txt": "stays", "a": "new"}


def test_a_folder_that_holds_something_is_never_replaced(tmp_path):
    (tmp_path / "mine").write_text("")
    with pytest.raises(ExportError, match="new or an empty folder"), new_folder(tmp_path):
        pass
    assert (tmp_path / "mine").exists()


@pytest.mark.parametrize(
    ("code", "words"),
    [(errno.ENOSPC, "full"), (errno.EACCES, "right"), (errno.EROFS, "only be read"), (None, "odd")],
)
def test_what_the_disk_refuses_is_told_in_words(tmp_path, code, words):
    error = OSError(code, "odd") if code else OSError("odd")
    with pytest.raises(ExportError, match=words) as caught, told_in_words(tmp_path / "x"):
        raise error
    assert caught.value.remedy


def test_a_path_through_a_file_is_told_in_words(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ExportError), new_file(tmp_path / "file" / "table.csv") as partial:
        partial.write_text("")
