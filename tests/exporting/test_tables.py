import csv
import hashlib
import json
import os
from pathlib import Path

import numpy as np
import pytest

from ssl_studio.errors import Cancelled, ExportError
from ssl_studio.events import Cancel
from ssl_studio.exporting.tables import (
    ClusterRow,
    Picture,
    export_cluster_tree,
    export_clusters_csv,
    export_feature_arrays,
    export_feature_csv,
    export_feature_parquet,
    export_table_csv,
)
from ssl_studio.project.paths import storable
from tests.pictures import draw_folder

PATHS = ["a/1.jpg", "a/ü 2.jpg", "b/odd\udcff.jpg"]
LABELS = ["cat", None, 'say "dog", twice']


@pytest.fixture
def values() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(3, 7)).astype(np.float32)


@pytest.fixture
def originals(tmp_path: Path) -> Path:
    draw_folder(tmp_path / "pictures", per_class=3)
    return tmp_path / "pictures"


def fingerprint(folder: Path) -> dict[str, tuple[str, int, int, int]]:
    """Content, time, rights and links of every file."""
    found = {}
    for path in sorted(folder.rglob("*.jpg")):
        facts = path.stat()
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        found[str(path)] = (digest, facts.st_mtime_ns, facts.st_mode, facts.st_size)
    return found


def pictures_of(folder: Path) -> list[Picture]:
    return [Picture(path, f"group {path.stem[-1]}") for path in sorted(folder.rglob("*.jpg"))]


def test_features_come_back_from_numpy_and_csv(tmp_path, values):
    files = export_feature_arrays(
        tmp_path, "features", values, PATHS, LABELS, about={"layer": "conv5"}
    )
    assert [f.name for f in files] == ["features.npy", "features.csv", "features.json"]
    assert np.array_equal(np.load(files[0]), values)
    with files[1].open(encoding="utf-8", errors="surrogateescape", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["path"] for row in rows] == PATHS
    assert [row["label"] for row in rows] == ["cat", "", LABELS[2]]
    assert json.loads(files[2].read_text())["layer"] == "conv5"


def test_features_come_back_from_parquet(tmp_path, values):
    from pyarrow import parquet

    path = export_feature_parquet(
        tmp_path / "f.parquet", values, PATHS, LABELS, about={"layer": "conv5"}
    )
    table = parquet.read_table(path)
    assert np.array_equal(np.array(table["feature"].to_pylist(), np.float32), values)
    assert table["path"].to_pylist() == ["a/1.jpg", "a/ü 2.jpg", "b/odd?.jpg"]
    assert table["label"].to_pylist() == LABELS
    assert json.loads(table.schema.metadata[b"ssl_studio"])["layer"] == "conv5"


def test_many_rows_cross_the_groups_of_parquet(tmp_path):
    from pyarrow import parquet

    values = np.arange(2 * 9000, dtype=np.float32).reshape(9000, 2)
    path = export_feature_parquet(
        tmp_path / "f.parquet", values, ["p"] * 9000, [None] * 9000, about={}
    )
    assert np.array_equal(np.array(parquet.read_table(path)["feature"].to_pylist()), values)


def test_rows_that_do_not_match_are_refused(tmp_path, values):
    with pytest.raises(ExportError, match="2 paths"):
        export_feature_arrays(tmp_path, "features", values, PATHS[:2], LABELS, about={})
    assert os.listdir(tmp_path) == []


def test_clusters_come_back_from_csv(tmp_path):
    row = ClusterRow("a/1.jpg", None, 3, "red, round", 0.123456789, 0.5)
    path = export_clusters_csv(tmp_path / "clusters.csv", [row])
    assert path.read_text().splitlines() == [
        "path,label,cluster,name,distance,margin",
        'a/1.jpg,,3,"red, round",0.123457,0.5',
    ]


def test_a_table_is_not_overwritten_unasked(tmp_path):
    path = export_clusters_csv(tmp_path / "clusters.csv", [])
    with pytest.raises(ExportError, match="overwriting"):
        export_clusters_csv(path, [])
    export_clusters_csv(path, [], overwrite=True)


@pytest.mark.parametrize("mode", ["copy", "hardlink", "symlink"])
def test_a_tree_holds_every_picture_and_leaves_the_originals_alone(tmp_path, originals, mode):
    before = fingerprint(originals)
    tree = export_cluster_tree(tmp_path / "tree", pictures_of(originals), mode=mode)
    assert (tree.folders, tree.files, tree.left_out) == (3, 9, [])
    assert sorted(p.name for p in (tmp_path / "tree").iterdir()) == [
        "group 0",
        "group 1",
        "group 2",
    ]
    placed = [p.read_bytes() for p in (tmp_path / "tree").rglob("*.jpg")]
    assert sorted(placed) == sorted(p.read_bytes() for p in originals.rglob("*.jpg"))
    assert fingerprint(originals) == before


def test_a_copy_can_be_changed_without_changing_the_original(tmp_path, originals):
    source = next(originals.rglob("*.jpg"))
    source.chmod(0o444)
    before = source.read_bytes()
    export_cluster_tree(tmp_path / "tree", [Picture(source, "one")], mode="copy")
    (tmp_path / "tree" / "one" / source.name).write_bytes(b"changed")
    assert source.read_bytes() == before


def test_links_lead_to_the_originals(tmp_path, originals):
    source = next(originals.rglob("*.jpg"))
    export_cluster_tree(tmp_path / "soft", [Picture(source, "one")], mode="symlink")
    export_cluster_tree(tmp_path / "hard", [Picture(source, "one")], mode="hardlink")
    assert (tmp_path / "soft" / "one" / source.name).resolve() == source.resolve()
    assert (tmp_path / "hard" / "one" / source.name).samefile(source)


def test_equal_names_are_kept_apart(tmp_path):
    for folder in ("x", "y"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "same.jpg").write_text(folder)
    pictures = [Picture(tmp_path / f / "same.jpg", name) for f, name in (("x", "A"), ("y", "A"))]
    export_cluster_tree(tmp_path / "tree", [*pictures, Picture(pictures[0].source, "a")])
    found = sorted(
        str(p.relative_to(tmp_path / "tree")) for p in (tmp_path / "tree").rglob("*.jpg")
    )
    assert found == ["A/same (2).jpg", "A/same.jpg", "a (2)/same.jpg"]


def test_names_of_clusters_cannot_leave_the_tree(tmp_path, originals):
    source = next(originals.rglob("*.jpg"))
    export_cluster_tree(tmp_path / "tree", [Picture(source, "../../out"), Picture(source, "..")])
    assert sorted(os.listdir(tmp_path)) == ["pictures", "tree"]
    assert sorted(os.listdir(tmp_path / "tree")) == [".._.._out", "cluster"]


def test_vanished_pictures_are_named_and_the_rest_is_placed(tmp_path, originals):
    gone = Picture(originals / "gone.jpg", "group 0")
    tree = export_cluster_tree(tmp_path / "tree", [gone, *pictures_of(originals)])
    assert tree.files == 9
    assert tree.left_out == [(gone.source, "The file is no longer there.")]


def test_a_tree_does_not_grow_inside_the_images(originals):
    with pytest.raises(ExportError, match="next scan"):
        export_cluster_tree(originals / "tree", [], keep_out_of=[originals])
    assert not (originals / "tree").exists()


def test_a_stopped_tree_leaves_nothing(tmp_path, originals):
    cancel = Cancel()
    cancel.request()
    with pytest.raises(Cancelled):
        export_cluster_tree(tmp_path / "tree", pictures_of(originals), cancel=cancel)
    assert os.listdir(tmp_path) == ["pictures"]


def test_stored_names_leave_as_the_file_system_knows_them(tmp_path, values):
    stored = [storable(path) for path in PATHS]
    files = export_feature_arrays(tmp_path, "features", values, stored, LABELS, about={})
    clusters = [ClusterRow(path, None, 0, "group", 0.0, 0.0) for path in stored]
    files += [
        export_clusters_csv(tmp_path / "clusters.csv", clusters),
        export_feature_csv(tmp_path / "wide.csv", values, stored, LABELS),
        export_table_csv(tmp_path / "table.csv", ["path"], [[path] for path in stored]),
    ]
    for path in files:
        if path.suffix == ".csv":
            with path.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
                assert [row["path"] for row in csv.DictReader(file)] == PATHS
