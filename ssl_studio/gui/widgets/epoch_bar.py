"""Goes through the epochs of a run: a slider and a button that plays."""

from collections.abc import Sequence

from PySide6.QtCore import QElapsedTimer, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QSlider, QWidget

from ssl_studio.gui import theme
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets import parts
from ssl_studio.gui.widgets.elided_label import ElidedLabel

STEPS = 100
"""Positions of the slider from one stored epoch to the next."""
SECONDS_PER_EPOCH = 1.2
REST_S = 0.8
"""How long the film rests at its end before it begins again."""
FRAME_MS = 16


class EpochBar(QWidget):
    """Play, pause, and a slider over stored epochs; places between two epochs are in between.

    Signals: `moved(position)`, 0 for the first stored epoch, 1 for the second, and so on;
    `wanted` asks for the maps of the epochs to be made.
    """

    moved = Signal(float)
    wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._epochs: list[float] = []
        self.play_button = parts.tool_button("play", tr("Play how the map formed"), self.toggle)
        self.slider = parts.slider(tr("Epoch"))
        self.slider.setTickPosition(QSlider.TickPosition.TicksBelow)
        self.slider.setTickInterval(STEPS)
        self.slider.setSingleStep(STEPS // 10)
        self.slider.setPageStep(STEPS)
        self.words = parts.label("", "muted")
        self.words.setMinimumWidth(110)
        self.make_button = parts.button(
            tr("Show how it formed …"), "play", on_click=self.wanted.emit
        )
        self.hint = ElidedLabel("small")
        layout = parts.row(self.play_button, self.slider, self.words, self.make_button, self.hint)
        layout.setContentsMargins(theme.GAP, theme.HALF, theme.GAP, theme.HALF)
        layout.setStretchFactor(self.slider, 20)
        layout.setStretchFactor(self.hint, 1)
        self.setLayout(layout)
        self._timer = QTimer(self, interval=FRAME_MS)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._advance)
        self._clock = QElapsedTimer()
        self._rested_s = 0.0
        self.slider.valueChanged.connect(self._on_moved)
        self.slider.sliderPressed.connect(self.pause)
        self.set_epochs([])

    def set_epochs(
        self, epochs: Sequence[float], hint: str = "", *, may_make: bool = True, at: int = 0
    ) -> None:
        """Go through these, beginning with the one `at`; without any, offer to make them."""
        self.pause()
        self._epochs = list(epochs)
        has_film = len(self._epochs) > 1
        for part in (self.play_button, self.slider, self.words):
            part.setVisible(has_film)
        self.make_button.setVisible(not has_film)
        self.make_button.setEnabled(may_make)
        self.hint.setVisible(not has_film)
        self.hint.setText(hint)
        self.slider.blockSignals(True)
        self.slider.setRange(0, STEPS * max(0, len(self._epochs) - 1))
        self.slider.setValue(STEPS * at)
        self.slider.blockSignals(False)
        self._show_words()

    @property
    def is_playing(self) -> bool:
        """Whether the film runs."""
        return self._timer.isActive()

    @property
    def position(self) -> float:
        """Where it is, in stored epochs."""
        return self.slider.value() / STEPS

    def toggle(self) -> None:
        """Play, or stop where it is; at the end it begins anew."""
        if self.is_playing:
            self.pause()
        elif len(self._epochs) > 1:
            if self.slider.value() == self.slider.maximum():
                self.slider.setValue(0)
            self._clock.start()
            self._rested_s = 0.0
            self._timer.start()
            theme.set_icon(self.play_button, "pause")

    def pause(self) -> None:
        """Stop where it is."""
        self._timer.stop()
        theme.set_icon(self.play_button, "play")

    def hideEvent(self, event: QHideEvent) -> None:
        """Nobody looks."""
        super().hideEvent(event)
        self.pause()

    def _advance(self) -> None:
        passed_s = self._clock.restart() / 1000
        if self.slider.value() == self.slider.maximum():
            self._rested_s += passed_s
            if self._rested_s >= REST_S:
                self.pause()
            return
        self.slider.setValue(self.slider.value() + max(1, round(
            STEPS * passed_s / SECONDS_PER_EPOCH)))  # fmt: skip

    def _on_moved(self) -> None:
        self._show_words()
        self.moved.emit(self.position)

    def _show_words(self) -> None:
        if not self._epochs:
            return
        at = min(int(self.position), len(self._epochs) - 1)
        after = min(at + 1, len(self._epochs) - 1)
        part = self.position - at
        epoch = self._epochs[at] + part * (self._epochs[after] - self._epochs[at])
        stored = tr("epoch {n}") if part == 0 else tr("near epoch {n}")
        self.words.setText(stored.format(n=f"{epoch:.3g}"))
