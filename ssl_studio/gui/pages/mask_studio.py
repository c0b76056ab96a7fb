"""Paint a mask over a picture and see what a method makes of it."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from ssl_studio.gui import text, theme
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets import parts
from ssl_studio.gui.widgets.mask_canvas import MaskCanvas, PicturePane, random_mask
from ssl_studio.jobs.live_exhibits import Abilities, LiveReconstruction

LARGEST_BRUSH = 5
TOOLS_WIDTH_PX = 248


@dataclass(frozen=True, slots=True)
class Drawn:
    """What the hidden patches are drawn from: the same seed hides the same ones first."""

    seed: int
    ratio: float


def image_of(pixels: NDArray[np.uint8]) -> QImage:
    """uint8 (h, w, 3) as an image that owns its bytes."""
    height, width = pixels.shape[:2]
    return QImage(pixels.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888).copy()


def share_words(mask: NDArray[np.bool_]) -> str:
    """How much is hidden."""
    if not mask.size:
        return ""
    return tr("{share} hidden ({n} of {all} patches)").format(
        share=text.percent(float(mask.mean()), 0), n=int(mask.sum()), all=mask.size
    )


def answer_words(made: LiveReconstruction) -> str:
    """How well and how fast the hidden patches were filled in."""
    error = text.figure(made.mean_error)
    words = tr("Error of hidden patches {error}").format(error=error)
    if math.isnan(made.mean_error):
        words = tr("Nothing is hidden")
    return words + "\n" + tr("Filled in within {n} ms").format(n=f"{1000 * made.seconds:.0f}")


class MaskStudio(QWidget):
    """The picture to paint on, what comes out, the original, and the tools.

    Signals: `mask_changed()`: something else is hidden, by hand or by a tool.
    """

    mask_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.canvas = MaskCanvas(tr("Mask to be painted"))
        self.output = PicturePane(tr("What the network makes of it"))
        self.original = PicturePane(tr("Original"))
        self.ratio = parts.slider(tr("Share of patches that is hidden"))
        self.ratio_label = parts.label("", "muted")
        self.random = parts.button(tr("Another random mask"), "refresh", on_click=self.draw_anew)
        self.eraser = parts.toggle(tr("Eraser"))
        self.invert = parts.button(tr("Invert"), on_click=self.canvas.invert)
        self.show_all = parts.button(tr("Hide nothing"), on_click=self.canvas.show_all)
        self.hide_all = parts.button(tr("Hide all"), on_click=self.canvas.hide_all)
        self.brush = parts.WholeNumber(1, LARGEST_BRUSH, tr("Width of the brush in patches"))
        self.keep_visible = QCheckBox(tr("Keep visible patches"))
        self.badge = parts.chip("")
        self.note = parts.label("", "small", wrap=True)
        self.figures = parts.label("", "muted", wrap=True)
        self._made: LiveReconstruction | None = None
        self._drawn = Drawn(0, 0.75)
        self._grid = (0, 0)
        self._set_up()
        self._build()

    def _set_up(self) -> None:
        self.ratio.setRange(0, 100)
        self.keep_visible.setChecked(True)
        self.keep_visible.setToolTip(
            tr(
                "Off: what the network paints everywhere. Training never asks it for patches "
                "that it sees, so those are guesses without practice."
            )
        )
        for button, keys in (
            (self.random, "R"), (self.invert, "I"), (self.show_all, tr("Del")),
            (self.hide_all, "Ctrl+A"), (self.eraser, tr("right mouse button")),
        ):  # fmt: skip
            button.setToolTip(tr("On the picture: {keys}").format(keys=keys))
        self.canvas.mask_changed.connect(self._on_painted)
        self.canvas.random_wanted.connect(self.draw_anew)
        self.ratio.valueChanged.connect(lambda _value: self._on_ratio())
        self.eraser.toggled.connect(self._on_eraser)
        self.brush.valueChanged.connect(self._on_brush)
        self.keep_visible.toggled.connect(lambda _on: self._show_output())

    def _build(self) -> None:
        panes = parts.row(
            self._pane(tr("Hidden patches: paint here"), self.canvas),
            self._pane(tr("What the network makes of it"), self.output),
            self._tools(),
            gap_px=theme.WIDE,
        )
        panes.setStretch(0, 1)
        panes.setStretch(1, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.WIDE, theme.WIDE, theme.WIDE, theme.WIDE)
        layout.addLayout(panes)

    def _tools(self) -> QWidget:
        self.original.setFixedSize(TOOLS_WIDTH_PX, TOOLS_WIDTH_PX * 3 // 4)
        heading = parts.label(tr("Original"), "section")
        heading.setAlignment(Qt.AlignmentFlag.AlignCenter)
        tools = parts.plain(
            parts.column(
                heading,
                self.original,
                theme.GAP,
                self.ratio_label,
                self.ratio,
                self.random,
                parts.row(parts.label(tr("Brush")), self.brush, self.eraser, None),
                parts.row(self.invert, self.show_all, gap_px=theme.HALF),
                self.hide_all,
                theme.GAP,
                self.keep_visible,
                self.figures,
                None,
                parts.row(self.badge, None),
                self.note,
                gap_px=theme.GAP,
            )
        )
        tools.setFixedWidth(TOOLS_WIDTH_PX)
        return tools

    @staticmethod
    def _pane(words: str, pane: PicturePane) -> QVBoxLayout:
        heading = parts.label(words, "section")
        heading.setAlignment(Qt.AlignmentFlag.AlignCenter)
        made = parts.column(heading, pane, gap_px=theme.HALF)
        made.setStretch(1, 1)
        return made

    # -- what is shown -------------------------------------------------------------------------

    def set_abilities(self, abilities: Abilities) -> None:
        """Another run: another grid, unless it is the same, and another badge."""
        if abilities.grid != self._grid:
            self._grid = abilities.grid
            self._drawn = Drawn(self._drawn.seed, abilities.ratio)
            self._show_drawn()
        lent = abilities.true_statistics
        self.badge.setText(tr("normalised targets") if lent else tr("raw pixels"))
        parts.set_tone(self.badge, "warning" if lent else "good")
        self.note.setText(
            tr(
                "This network predicts each patch without its brightness and contrast. The true "
                "mean and contrast of every hidden patch were lent to show its answer."
            )
            if lent
            else tr("This network predicts pixels; its answer is shown exactly as it came.")
        )

    @property
    def hidden(self) -> NDArray[np.bool_]:
        """What is hidden now, bool (rows, columns)."""
        return self.canvas.hidden

    def show_answer(self, made: LiveReconstruction) -> None:
        """Show what came back."""
        self._made = made
        original = image_of(made.original)
        self.canvas.show_image(original)
        self.original.show_image(original)
        self.figures.setText(answer_words(made))
        self._show_output()

    def clear(self) -> None:
        """Nothing is open."""
        self._made = None
        for pane in (self.canvas, self.output, self.original):
            pane.show_image(None)

    def _show_output(self) -> None:
        if self._made is not None:
            keeps = self.keep_visible.isChecked()
            self.output.show_image(image_of(self._made.composite if keeps else self._made.full))

    # -- what is hidden ------------------------------------------------------------------------

    def draw_anew(self) -> None:
        """Hide the same share at other places."""
        share = float(self.canvas.hidden.mean()) if self._grid[0] else self._drawn.ratio
        self._drawn = Drawn(self._drawn.seed + 1, share)
        self._show_drawn()
        self.mask_changed.emit()

    def _show_drawn(self) -> None:
        self.canvas.set_hidden(random_mask(self._grid, self._drawn.ratio, self._drawn.seed))
        self._show_share()

    def _on_ratio(self) -> None:
        self._drawn = Drawn(self._drawn.seed, self.ratio.value() / 100)
        self.canvas.set_hidden(random_mask(self._grid, self._drawn.ratio, self._drawn.seed))
        self.ratio_label.setText(share_words(self.canvas.hidden))
        self.mask_changed.emit()

    def _on_painted(self) -> None:
        self._show_share()
        self.mask_changed.emit()

    def _on_eraser(self, on: bool) -> None:
        self.canvas.eraser = on

    def _on_brush(self, width: int) -> None:
        self.canvas.brush = width

    def _show_share(self) -> None:
        mask = self.canvas.hidden
        self.ratio.blockSignals(True)
        self.ratio.setValue(round(100 * float(mask.mean())) if mask.size else 0)
        self.ratio.blockSignals(False)
        self.ratio_label.setText(share_words(mask))
