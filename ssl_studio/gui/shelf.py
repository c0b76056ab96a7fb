"""The pages of the window: each is made when it is first asked for, or when nothing else is on."""

from collections.abc import Callable, Iterator, Mapping

from PySide6.QtCore import QObject, QTimer

from ssl_studio.gui.pages import entries, load
from ssl_studio.gui.pages.page import Page
from ssl_studio.gui.studio import Studio

PAUSE_MS = 20
"""Between two pages, so that mouse and keys are heard while the pages are made."""


class Shelf(Mapping[str, Page]):
    """All pages by their keys, in the order of the rail. `place` puts a new one into the window."""

    def __init__(self, studio: Studio, place: Callable[[Page], object], parent: QObject) -> None:
        self._studio, self._place = studio, place
        self._keys = [entry.key for entry in entries()]
        self._made: dict[str, Page] = {}
        self._timer = QTimer(parent, singleShot=True, interval=PAUSE_MS)
        self._timer.timeout.connect(self._make_next)

    def __getitem__(self, key: str) -> Page:
        """The page, made now if it was not yet. Raises KeyError."""
        if key not in self._made:
            page = load(key)(self._studio)
            self._made[key] = page
            self._place(page)
            page.catch_up()
        return self._made[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)

    def __contains__(self, key: object) -> bool:
        return key in self._keys

    @property
    def made(self) -> list[Page]:
        """Those that there are so far."""
        return list(self._made.values())

    def fill(self) -> None:
        """Make the others one by one, from the event loop."""
        if self._missing():
            self._timer.start()

    def close(self) -> None:
        """Make no more."""
        self._timer.stop()

    def _missing(self) -> list[str]:
        return [key for key in self._keys if key not in self._made]

    def _make_next(self) -> None:
        for key in self._missing()[:1]:
            self[key]
        self.fill()
