"""Finding a line by a few of its letters, as command palettes do. Pure functions without Qt."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")

START, WORD, RUN, GAP = 12.0, 8.0, 6.0, 0.5
"""What a letter is worth at the start of the line, of a word, or next to the one before, and what
each letter that is passed over costs."""

OTHER_WORDS = 0.6
"""A hit among other words is worth this much of one among the words that are shown."""


@dataclass(frozen=True, slots=True)
class Hit:
    """How well a query fits, and which letters it hit."""

    score: float
    positions: tuple[int, ...] = ()


def match(query: str, line: str) -> Hit | None:
    """The best way to find the words of a query in a line, None where one is not there.

    Each word has to appear with its letters in order, not necessarily side by side; capitals do
    not count. Cost O(letters of the query x letters of the line²), for lines of a menu.
    """
    score, positions = 0.0, set[int]()
    for word in query.lower().split():
        hit = _match_word(word, line.lower())
        if hit is None:
            return None
        score += hit.score
        positions.update(hit.positions)
    return Hit(score - 0.02 * len(line), tuple(sorted(positions)))


def _match_word(word: str, line: str) -> Hit | None:
    starts = [at for at, letter in enumerate(line) if letter == word[0]]
    hits = [hit for at in starts if (hit := _follow(word, line, at)) is not None]
    return max(hits, key=lambda hit: hit.score, default=None)


def _follow(word: str, line: str, start: int) -> Hit | None:
    """The letters of a word from a place on: the next one, unless a word begins with it later."""
    score, positions = _worth(line, start), [start]
    for letter in word[1:]:
        at = _next(line, letter, positions[-1])
        if at < 0:
            return None
        is_run = at == positions[-1] + 1
        score += RUN if is_run else _worth(line, at) - GAP * (at - positions[-1] - 1)
        positions.append(at)
    return Hit(score, tuple(positions))


def _next(line: str, letter: str, before: int) -> int:
    nearest = line.find(letter, before + 1)
    if nearest == before + 1:
        return nearest
    at_word = line.find(" " + letter, before + 1)
    return at_word + 1 if at_word >= 0 else nearest


def _worth(line: str, at: int) -> float:
    if at == 0:
        return START
    return WORD if not line[at - 1].isalnum() else 1.0


def ranked(
    query: str,
    things: Sequence[T],
    words: Callable[[T], str],
    other_words: Callable[[T], str],
    recent: Sequence[T],
) -> list[tuple[T, Hit]]:
    """The things that fit a query, the best first; without a query the recent ones first."""
    age = {thing: position for position, thing in enumerate(recent)}
    if not query.strip():
        ordered = sorted(things, key=lambda thing: age.get(thing, len(recent)))
        return [(thing, Hit(0.0)) for thing in ordered]
    found = []
    for thing in things:
        hit = match(query, words(thing))
        if hit is None:
            beside = match(query, f"{words(thing)} {other_words(thing)}")
            hit = Hit(beside.score * OTHER_WORDS) if beside is not None else None
        if hit is not None:
            bonus = WORD / 2 / (1 + age[thing]) if thing in age else 0.0
            found.append((thing, Hit(hit.score + bonus, hit.positions)))
    return sorted(found, key=lambda pair: -pair[1].score)
