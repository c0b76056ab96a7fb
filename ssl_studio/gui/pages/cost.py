"""What a training costs here, in words: from a short try of the settings as they are."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from ssl_studio.errors import StudioError
from ssl_studio.gui import text, theme
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets import parts
from ssl_studio.jobs.estimate import EstimateResult

WORTH_TELLING = 0.02
TIGHT = 0.9
"""Share of the free memory from which on a training is said not to fit."""


def time_words(found: EstimateResult, epochs: int) -> str:
    """How long so many epochs take, and how fast that is."""
    seconds = found.seconds(epochs)
    if seconds is None:
        return tr("The speed could not be tried.")
    rate = text.count(round(found.tried.images_per_second or 0))
    return tr("About {time} for {epochs} at {rate} images/s").format(
        time=text.duration(seconds),
        epochs=text.counted(epochs, tr("epoch"), tr("epochs")),
        rate=rate,
    )


def memory_words(found: EstimateResult) -> str:
    """What is needed of which memory."""
    if found.tried.memory_bytes is None:
        return ""
    where = tr("of the GPU") if found.device == "cuda" else tr("of this computer")
    return tr(
        "About {need} of memory, with the pixels of all images; {free} {where} are free"
    ).format(
        need=text.size(found.tried.memory_bytes + found.pixels_bytes),
        free=text.size(found.free_bytes),
        where=where,
    )


def more_words(found: EstimateResult) -> str:
    """What part of the time is not spent in steps, and what is not counted."""
    share = found.share_between()
    if share < WORTH_TELLING:
        return tr("Looks at the features now and then come on top.")
    return tr(
        "{share} of that is work over all images between epochs. Looks at the features come on top."
    ).format(share=f"{100 * share:.0f} %")


def warning_words(found: EstimateResult) -> str:
    """What may go wrong, and what to do about it; empty where nothing does."""
    need = (found.tried.memory_bytes or 0) + found.pixels_bytes
    if found.tried.problem:
        return found.tried.problem
    if found.tried.parts > 1:
        return tr(
            "A whole batch does not fit: each would be computed in {n} parts. A smaller batch or "
            "image size avoids that."
        ).format(n=found.tried.parts)
    if need > TIGHT * found.free_bytes:
        return tr(
            "That is more than is free. Take a smaller batch, image size or backbone, or close "
            "other programs; pixels that do not fit are read from the disk."
        )
    return ""


class CostPanel(QWidget):
    """The estimate with a button to try again, or to stop trying."""

    try_wanted = Signal()
    stop_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.time = parts.label("", "", wrap=True)
        self.memory = parts.label("", "small", wrap=True)
        self.more = parts.label("", "small", wrap=True)
        self.warning = parts.label("", "warning", wrap=True)
        self.try_button = parts.button(
            tr("Try a few steps"), role="link", on_click=self.try_wanted.emit
        )
        self.stop_button = parts.button(
            tr("Stop trying"), role="link", on_click=self.stop_wanted.emit
        )
        self._found: EstimateResult | None = None
        head = parts.row(
            parts.label(tr("WHAT IT COSTS HERE"), "section"),
            None,
            self.try_button,
            self.stop_button,
        )
        column = parts.column(head, self.time, self.memory, self.more, self.warning, gap_px=3)
        column.setContentsMargins(0, theme.HALF, 0, 0)
        self.setLayout(column)
        self.show_nothing()

    @property
    def short(self) -> str:
        """The time in a few words, for a narrow place."""
        return self.time.text()

    def show_nothing(self, why: str = "") -> None:
        """Nobody has tried these settings."""
        self._found = None
        self._say(why or tr("Not tried yet."), "", "", "")
        self._show_busy(is_busy=False)

    def show_trying(self) -> None:
        """Somebody is trying; an older estimate stays until then."""
        if self._found is None:
            self._say(tr("Trying a few steps …"), "", "", "")
        else:
            self.more.setText(tr("The settings changed: trying a few steps again …"))
            self.more.show()
        self._show_busy(is_busy=True)

    def show_estimate(self, found: EstimateResult, epochs: int) -> None:
        """Say what it costs."""
        self._found = found
        said = (time_words(found, epochs), memory_words(found), more_words(found))
        self._say(*said, warning_words(found))
        self._show_busy(is_busy=False)

    def show_problem(self, error: StudioError) -> None:
        """The try broke off."""
        self._found = None
        self._say(tr("The speed could not be tried."), "", "", str(error))
        self._show_busy(is_busy=False)

    def _say(self, time: str, memory: str, more: str, warning: str) -> None:
        for label, words in (
            (self.time, time),
            (self.memory, memory),
            (self.more, more),
            (self.warning, warning),
        ):
            label.setText(words)
            label.setVisible(bool(words))

    def _show_busy(self, *, is_busy: bool) -> None:
        self.try_button.setVisible(not is_busy)
        self.stop_button.setVisible(is_busy)
