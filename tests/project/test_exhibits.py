from ssl_studio.project.records import ExhibitRecord, UnitImage
from tests.project.made import Filled


def exhibit(filled: Filled, step: int, panel: str, position: int = 0) -> ExhibitRecord:
    return ExhibitRecord(
        id=0,
        run_id=filled.run,
        checkpoint_id=None,
        step=step,
        epoch=step / 10,
        kind="reconstruction",
        image_id=filled.images[0],
        panel=panel,
        position=position,
        caption="",
        picture=b"\x89PNG",
    )


def test_exhibits_by_step_and_position(filled: Filled) -> None:
    store = filled.project.exhibits
    store.add([exhibit(filled, 10, "b", 1), exhibit(filled, 10, "a", 0)])
    store.add([exhibit(filled, 5, "c")])
    assert [e.panel for e in store.all(filled.run)] == ["c", "a", "b"]
    assert [e.panel for e in store.all(filled.run, "reconstruction", 10)] == ["a", "b"]
    assert store.all(filled.run, "puzzle") == []
    assert store.kinds(filled.run) == ["reconstruction"]
    assert store.steps(filled.run, "reconstruction") == [(5, 0.5), (10, 1.0)]


def test_resuming_forgets_later_exhibits(filled: Filled) -> None:
    filled.project.exhibits.add([exhibit(filled, step, "a") for step in (1, 2)])
    filled.project.runs.forget_after(filled.run, 1)
    assert [e.step for e in filled.project.exhibits.all(filled.run)] == [1]


def test_exhibits_of_one_kind_are_deleted(filled: Filled) -> None:
    filled.project.exhibits.add([exhibit(filled, 1, "a")])
    filled.project.exhibits.delete(filled.run, "puzzle")
    assert filled.project.exhibits.kinds(filled.run) == ["reconstruction"]
    filled.project.exhibits.delete(filled.run)
    assert filled.project.exhibits.kinds(filled.run) == []


def unit(filled: Filled, number: int, rank: int) -> UnitImage:
    return UnitImage("conv1", number, rank, filled.images[rank], 2.5, 0.0, 0.25, 0.5, 1.0)


def test_units_replace_those_of_their_layer(filled: Filled) -> None:
    store = filled.project.exhibits
    store.set_units(filled.run, None, "conv1", [unit(filled, 9, 0)])
    units = [unit(filled, n, rank) for n in (0, 1) for rank in (0, 1)]
    store.set_units(filled.run, None, "conv1", units[::-1])
    assert store.units(filled.run, None, "conv1") == units
    assert store.units(filled.run, None, "conv1", 1) == units[2:]
    assert store.units(filled.run, filled.checkpoint, "conv1") == []
    assert store.unit_layers(filled.run, None) == ["conv1"]
