import pytest

from ssl_studio.analysis import attributes
from ssl_studio.analysis.attributes import attribute, dates, folders, parts_of_day, shapes, sizes


def test_rare_values_are_put_together() -> None:
    made = attribute("camera", ["A"] * 6 + ["B"] * 7 + ["C", "D", None])
    assert made.values == ("A", "B", "other")
    assert made.codes[-3:].tolist() == [2, 2, -1]
    assert made.known == 15


def test_folders_are_as_deep_as_there_are_not_too_many() -> None:
    few = [f"a/b{i % 3}/x.jpg" for i in range(9)]
    assert set(folders(few, [1] * 9)) == {"a/b0", "a/b1", "a/b2"}
    many = [f"a{i % 2}/b{i}/x.jpg" for i in range(attributes.MOST_VALUES + 1)]
    assert set(folders(many, [1] * len(many))) == {"a0", "a1"}
    assert folders(["x.jpg", "a/x.jpg"], [1, 1]) == [None, "a"]
    assert folders(["x.jpg", "x.jpg"], [1, 2]) == ["1: ", "2: "]


@pytest.mark.parametrize(
    ("last", "expected"),
    [("2024-01-20", "2024-01-02"), ("2024-06-20", "2024-01"), ("2030-01-01", "2024")],
)
def test_dates_are_cut_as_fine_as_their_span_allows(last: str, expected: str) -> None:
    assert dates(["2024-01-02T10:00:00", f"{last}T08:00:00", None, "rubbish"])[0] == expected
    assert dates([None, "rubbish"]) == [None, None]


def test_parts_of_the_day() -> None:
    found = parts_of_day(["2024-01-02T03:00:00", "2024-01-02T23:00:00", "2024-01-02T07:30:00"])
    assert found[0] == found[1]
    assert found[2] is not None
    assert found[2].startswith("morning")


def test_few_sizes_are_named_and_many_put_into_steps() -> None:
    assert sizes([640, 640], [480, 480]) == ["640 × 480 px"] * 2
    many = sizes([300 + i for i in range(40)], [200] * 40)
    assert set(many) == {"longer side 256–511 px"}
    assert sizes([None], [None]) == [None]


def test_shapes() -> None:
    assert shapes([100, 50, 99, None], [50, 100, 100, 1]) == [
        "landscape", "portrait", "square", None,
    ]  # fmt: skip


def test_what_does_not_vary_is_left_out() -> None:
    made = attributes.varied([("format", lambda: ["JPEG"] * 9), ("camera", lambda: ["A", "B"] * 9)])
    assert [one.name for one in made] == ["camera"]
