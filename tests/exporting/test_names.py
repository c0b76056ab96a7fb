import pytest

from ssl_studio.exporting.names import UniqueNames, safe_name


@pytest.mark.parametrize(
    ("given", "safe"),
    [
        ("cats", "cats"),
        ("cats/dogs", "cats_dogs"),
        ('a<b>c:"d"', "a_b_c__d_"),
        ("..", "unnamed"),
        ("../../etc", ".._.._etc"),
        ("  ", "unnamed"),
        ("", "unnamed"),
        ("trailing. ", "trailing"),
        ("CON", "_CON"),
        ("nul.txt", "_nul.txt"),
        ("Größe 猫", "Größe 猫"),
        ("line\nbreak", "line_break"),
        ("odd \udcff byte", "odd _ byte"),
    ],
)
def test_names_that_some_system_refuses_are_mended(given, safe):
    assert safe_name(given) == safe


def test_long_names_are_cut_and_keep_their_suffix():
    cut = safe_name("猫" * 200 + ".jpeg")
    assert len(cut.encode()) <= 120
    assert cut.endswith("猫.jpeg")


def test_equal_names_get_a_number_whatever_their_case():
    names = UniqueNames()
    taken = [names.take(name) for name in ("a.jpg", "A.JPG", "a.jpg", "a (2).jpg", "b")]
    assert taken == ["a.jpg", "A (2).JPG", "a (3).jpg", "a (2) (2).jpg", "b"]
    assert len({name.casefold() for name in taken}) == 5
