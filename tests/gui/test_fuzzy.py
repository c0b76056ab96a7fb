import pytest

from ssl_studio.gui.fuzzy import match, ranked

LINES = ["New project from folder", "Open project", "Export clusters", "Merge clusters", "Redo"]


def found(query: str, recent: tuple[str, ...] = ()) -> list[str]:
    others = {"Redo": "repeat again"}
    pairs = ranked(query, LINES, lambda line: line, lambda line: others.get(line, ""), recent)
    return [line for line, _hit in pairs]


def test_letters_in_order_are_enough() -> None:
    assert found("mrgcl") == ["Merge clusters"]
    assert found("zzz") == []


def test_starts_of_words_win() -> None:
    assert found("op")[0] == "Open project"
    assert found("npf")[0] == "New project from folder"
    assert found("exp clu")[0] == "Export clusters"


def test_capitals_do_not_count_and_words_may_be_turned_round() -> None:
    assert found("CLUSTERS merge") == ["Merge clusters"]


def test_other_words_find_too_but_later() -> None:
    assert found("repeat") == ["Redo"]


def test_what_was_used_last_comes_first() -> None:
    assert found("", ("Redo", "Merge clusters"))[:2] == ["Redo", "Merge clusters"]
    assert found("clusters", ("Merge clusters",))[0] == "Merge clusters"


@pytest.mark.parametrize(("query", "hit"), [("op", (0, 1)), ("pro", (5, 6, 7)), ("oj", (0, 8))])
def test_it_says_which_letters_were_hit(query: str, hit: tuple[int, ...]) -> None:
    found_hit = match(query, "Open project")
    assert found_hit is not None
    assert found_hit.positions == hit
