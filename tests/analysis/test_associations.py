import numpy as np
import pytest

from ssl_studio.analysis.associations import associate, traits, unit_traits
from ssl_studio.analysis.attributes import attribute

N = 600


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.fixture
def clusters(rng: np.random.Generator) -> np.ndarray:
    return rng.integers(10, 16, N)


def names(codes: np.ndarray, word: str) -> list[str]:
    return [f"{word} {code}" for code in codes]


def test_clusters_that_are_cameras_are_called_so(clusters: np.ndarray) -> None:
    (found,) = associate(clusters, [attribute("camera", names(clusters % 3, "camera"))], seed=0)
    assert found.is_warning
    assert found.strength == pytest.approx(1.0)
    assert found.p == pytest.approx(0.01)
    assert found.nmi < 0.9  # six clusters of three cameras: neither name of the other


def test_independent_cameras_are_not_warned_of(
    clusters: np.ndarray, rng: np.random.Generator
) -> None:
    camera = attribute("camera", names(rng.integers(0, 12, N), "camera"))
    (found,) = associate(clusters, [camera], seed=0)
    assert not found.is_warning
    assert found.strength < 0.05
    assert found.nmi == pytest.approx(found.chance, abs=0.02)


def test_weak_association_is_certain_but_below_the_bar(
    clusters: np.ndarray, rng: np.random.Generator
) -> None:
    mixed = np.where(rng.random(N) < 0.25, clusters % 3, rng.integers(0, 3, N))
    (found,) = associate(clusters, [attribute("camera", names(mixed, "camera"))], seed=0)
    assert found.p == pytest.approx(0.01)
    assert found.strength < 0.3
    assert not found.is_warning


def test_folders_that_are_labels_are_no_warning(clusters: np.ndarray) -> None:
    both = names(clusters % 3, "bird")
    found = associate(clusters, [attribute("label", both), attribute("folder", both)], seed=0)
    assert {one.attribute for one in found} == {"label", "folder"}
    assert not any(one.is_warning for one in found)


def test_what_is_known_of_few_images_or_hardly_varies_is_left_out(clusters: np.ndarray) -> None:
    few = [("a" if i % 2 else "b") if i < 100 else None for i in range(N)]
    alike = ["b" if i < 10 else "a" for i in range(N)]
    assert associate(clusters, [attribute("camera", few), attribute("format", alike)], seed=0) == []


def test_trait_names_what_a_cluster_has_more_of(
    clusters: np.ndarray, rng: np.random.Generator
) -> None:
    codes = np.where(clusters == 12, 7, rng.integers(0, 4, N))
    (found,) = traits(clusters, [attribute("camera", names(codes, "camera"))])
    assert (found.cluster_id, found.value) == (12, "camera 7")
    assert found.share == 1.0
    assert found.lift == pytest.approx(N / (clusters == 12).sum())


def test_traits_need_support(clusters: np.ndarray) -> None:
    codes = np.zeros(N, np.int64)
    codes[np.flatnonzero(clusters == 12)[:4]] = 1
    assert traits(clusters, [attribute("camera", names(codes, "camera"))]) == []


def test_pure_chance_shows_no_traits(clusters: np.ndarray, rng: np.random.Generator) -> None:
    values = names(rng.integers(0, 20, N), "folder")
    assert traits(clusters, [attribute("folder", values)]) == []


def test_unit_belongs_to_a_cluster_if_its_images_do() -> None:
    units = [("conv5", unit, 100 * unit + rank) for unit in range(4) for rank in range(9)]
    members = frozenset(range(100, 108))
    (found,) = unit_traits(units, members, share=0.1)
    assert (found.unit, found.inside, found.of) == (1, 8, 9)
    assert unit_traits(units, members, share=0.9) == []
