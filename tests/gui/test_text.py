from datetime import UTC, datetime

import pytest

from ssl_studio.gui import text


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "under 1 s"), (45, "45 s"), (90, "2 min"), (3600, "1 h"), (12000, "3 h 20 min"),
     (260_000, "3.0 d"), (float("nan"), "–"), (-1, "–")],
)  # fmt: skip
def test_durations(seconds: float, words: str) -> None:
    assert text.duration(seconds) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [(0, "0"), (1.7632, "1.763"), (0.5, "0.5"), (44.21, "44.2"), (909.4, "909"),
     (1e-5, "1.0e-05"), (60_000, "60,000"), (float("nan"), "–"), (float("inf"), "∞")],
)  # fmt: skip
def test_figures(value: float, words: str) -> None:
    assert text.figure(value) == words


def test_counts_have_separators_and_nouns_a_number() -> None:
    assert text.counted(60_000, "image", "images") == "60,000 images"
    assert text.counted(1, "image", "images") == "1 image"


def test_sizes() -> None:
    assert [text.size(n) for n in (512, 3_400_000, 2e13)] == ["512 B", "3.4 MB", "20.0 TB"]


def test_how_long_ago() -> None:
    now = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
    assert text.ago("2026-03-01T11:48:00.000Z", now) == "12 min ago"
    assert text.ago("2026-03-01T11:59:50Z", now) == "just now"
    assert text.ago(None) == "–"


def test_identifiers_become_words() -> None:
    assert text.words("learning_rate") == "Learning rate"
