from pathlib import Path

import numpy as np
import pytest

from ssl_studio.errors import DamagedProject, ProjectError
from ssl_studio.project import Project, arrays
from ssl_studio.project.arrays import DTYPES


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrays, "CHUNK_BYTES", 1000)


@pytest.mark.parametrize("dtype", sorted(DTYPES))
def test_every_type_comes_back(project: Project, dtype: str) -> None:
    data = (np.arange(700).reshape(7, 100) % 2).astype(dtype)
    found = project.arrays.get(project.arrays.put(data))
    assert found.dtype == data.dtype
    np.testing.assert_array_equal(found, data)


@pytest.mark.parametrize("shape", [(), (0,), (0, 5), (3, 0), (1,), (2, 3, 4, 5)])
def test_every_shape_comes_back(project: Project, shape: tuple[int, ...]) -> None:
    data = np.full(shape, 1.5)
    found = project.arrays.get(project.arrays.put(data))
    assert found.shape == shape
    np.testing.assert_array_equal(found, data)


def test_big_endian_and_strided_arrays(project: Project) -> None:
    data = np.arange(600, dtype=">i4").reshape(20, 30).T[::2]
    found = project.arrays.get(project.arrays.put(data))
    np.testing.assert_array_equal(found, data)
    assert found.dtype == np.int32


def test_bytes(project: Project) -> None:
    data = bytes(range(256)) * 10
    array_id = project.arrays.put(data)
    assert project.arrays.get_bytes(array_id) == data
    assert project.arrays.info(array_id).bytes == len(data)


@pytest.mark.parametrize(
    ("start", "stop"), [(0, 3), (5, 90), (99, 100), (40, 40), (90, 500), (-2, 100), (7, 3)]
)
def test_rows(project: Project, start: int, stop: int) -> None:
    data = np.random.default_rng(0).standard_normal((100, 7))
    found = project.arrays.rows(project.arrays.put(data), start, stop)
    np.testing.assert_array_equal(found, data[start:stop])


def test_rows_read_no_other_chunk(project: Project) -> None:
    array_id = project.arrays.put(np.arange(1000))
    with project.write():
        project._sql.run("DELETE FROM array_chunks WHERE number = 0")
    assert project.arrays.rows(array_id, 500, 502).tolist() == [500, 501]


@pytest.mark.parametrize("kind", ["object", "complex128", "<U3", "datetime64[s]"])
def test_other_types_are_refused(project: Project, kind: str) -> None:
    with pytest.raises(ValueError, match="cannot be stored"):
        project.arrays.put(np.zeros(3, kind))


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE array_chunks SET data = zeroblob(1000) WHERE number = 1",
        "UPDATE array_chunks SET crc32 = crc32 + 1 WHERE number = 1",
        "UPDATE array_chunks SET data = x'00' WHERE number = 1",
        "DELETE FROM array_chunks WHERE number = 7",
        "UPDATE arrays SET shape = '[1000000000000]'",
        "UPDATE arrays SET shape = '[-1]'",
        "UPDATE arrays SET shape = '[1e3]'",
        "UPDATE arrays SET shape = '{}'",
        "UPDATE arrays SET shape = 'nonsense'",
        "UPDATE arrays SET dtype = 'object'",
        "UPDATE arrays SET bytes = 8000000000000, shape = '[1000000000000]', chunks = 8000000000",
        "UPDATE arrays SET chunks = 99",
        "UPDATE arrays SET chunk_bytes = 1",
    ],
)
def test_damage_is_noticed_before_memory_is_taken(project: Project, damage: str) -> None:
    array_id = project.arrays.put(np.arange(1000))
    with project.write():
        project._sql.run(damage)
    with pytest.raises(DamagedProject, match="Array 1 cannot be read"):
        project.arrays.get(array_id)


def test_what_was_deleted_is_gone(project: Project) -> None:
    array_id = project.arrays.put(np.arange(1000))
    project.arrays.delete(array_id, None)
    with pytest.raises(ProjectError, match="no array"):
        project.arrays.get(array_id)
    assert project._sql.number("SELECT count(*) FROM array_chunks") == 0


def test_half_written_arrays_are_swept_away(path: Path) -> None:
    with Project.create(path) as project:
        whole = project.arrays.put(np.arange(3))
        half = project.arrays.write_chunks(np.arange(1000))
        with pytest.raises(ProjectError):
            project.arrays.get(half)
    with Project.open(path) as project:
        assert project._sql.rows("SELECT id FROM arrays") == [(whole,)]
        assert project._sql.number("SELECT count(*) FROM array_chunks") == 1
