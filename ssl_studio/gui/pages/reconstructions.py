"""What a method shows of its own working: recorded over the epochs, and live.

The page is called Exhibits, the house's word for what any method can show; its key, and the room's
name for it, is that of its best-known kind.
"""

from collections.abc import Callable

from PySide6.QtWidgets import QButtonGroup, QStackedLayout, QVBoxLayout, QWidget

from ssl_studio.gui import theme
from ssl_studio.gui.pages.live_panel import LivePanel
from ssl_studio.gui.pages.page import Page
from ssl_studio.gui.pages.recorded_panel import (
    FILTERS,
    RecordedPanel,
    Steps,
    read_kinds,
    read_moment,
)
from ssl_studio.gui.pages.run_picker import RunPicker, read_trained_runs
from ssl_studio.gui.studio import Studio
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets import parts
from ssl_studio.project.changes import Changes
from ssl_studio.project.records import RunRecord

__all__ = ["FILTERS", "LIVE", "RECORDED", "ReconstructionsPage"]

RECORDED, LIVE = 0, 1


class ReconstructionsPage(Page):
    """A run, and two ways to look at its working."""

    key, icon = "reconstructions", "reconstructions"
    listens = frozenset({"exhibits", "runs", "checkpoints"})
    job_types = ("ExhibitJob",)

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(studio, parent)
        self.picker = RunPicker(studio)
        self.recorded = RecordedPanel()
        self.live = LivePanel(studio, self.key)
        self.tabs = QButtonGroup(self)
        self._panels = QStackedLayout()
        self._steps: Steps | None = None
        self._build()
        self.recorded.moment_wanted.connect(self._ask_moment)
        self.recorded.image_opened.connect(lambda image_id: studio.set_query(image_id))
        self.live.image_opened.connect(lambda image_id: studio.set_query(image_id))
        self.tabs.idClicked.connect(self.show_tab)
        studio.run_changed.connect(self._on_run_changed)

    @classmethod
    def title(cls) -> str:
        """Its name in the rail."""
        return tr("Exhibits")

    def _build(self) -> None:
        bar = parts.row(self.picker, theme.GAP)
        for number, words, tip in (
            (RECORDED, tr("Over the epochs"), tr("What the run kept while it trained")),
            (LIVE, tr("Try it live"), tr("Paint masks, shuffle anew, on images of your choice")),
        ):
            tab = parts.toggle(words, tip=tip)
            self.tabs.addButton(tab, number)
            bar.addWidget(tab)
        bar.addStretch(1)
        self.tabs.button(RECORDED).setChecked(True)
        layout = QVBoxLayout(self.content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(parts.frame("bar", bar, theme.GAP))
        layout.addLayout(self._panels)
        self._panels.addWidget(self.recorded)
        self._panels.addWidget(self.live)

    # -- what a page is asked ------------------------------------------------------------------

    def refresh(self) -> None:
        """Ask for the runs; the pictures follow."""
        self.ask("runs", read_trained_runs, self._show_runs)

    def clear(self) -> None:
        """Nothing is open."""
        self._steps = None
        self.recorded.clear()
        self.live.clear()
        self.show_tab(RECORDED)

    def do(self, command_id: str) -> bool:
        """Larger and smaller pictures."""
        zooms = {"larger_tiles": 1, "smaller_tiles": -1}
        if command_id in zooms and self.tab == RECORDED:
            self.recorded.zoom(zooms[command_id])
            return True
        return False

    def main_widget(self) -> QWidget:
        """What has the keyboard first."""
        return self.live.focus_widget() if self.tab == LIVE else self.recorded.slider

    def poses(self) -> dict[str, Callable[[], object]]:
        """What was recorded, and the method at work."""
        return {
            "": lambda: self.show_tab(RECORDED),
            "-live": lambda: self.show_tab(LIVE),
        }

    # -- showing -------------------------------------------------------------------------------

    @property
    def tab(self) -> int:
        """RECORDED or LIVE."""
        return self._panels.currentIndex()

    def show_tab(self, number: int) -> None:
        """Look at what was recorded, or put the method to work."""
        self.tabs.button(number).setChecked(True)
        self._panels.setCurrentIndex(number)
        if self.studio.is_open and self._steps is not None:
            self._show_steps(self._steps)

    def _show_runs(self, runs: list[RunRecord]) -> None:
        if not runs:
            self.show_empty(
                tr("Nothing to show yet"),
                tr(
                    "While a run trains, methods show how they do: pictures filled in again, "
                    "puzzles solved, views compared."
                ),
                (tr("Go to Train"), lambda: self.studio.page_requested.emit("train")),
            )
            return
        self.picker.set_runs(runs)
        run_id = self.studio.run_id
        assert run_id is not None
        self.ask("kinds", lambda p: read_kinds(p, run_id), self._show_steps)

    def _show_steps(self, steps: Steps) -> None:
        self._steps = steps
        if self.tab == RECORDED and not steps:
            self.show_empty(
                tr("This run has kept no pictures of its own working"),
                tr("Its method may have none, or it was told not to make them."),
                (tr("Try it live"), lambda: self.show_tab(LIVE)),
            )
            return
        self.show_content()
        if self.tab == LIVE and self.studio.run_id is not None:
            self.live.show_run(self.studio.run_id)
        else:
            self.recorded.set_steps(steps)

    def _ask_moment(self, kind: str, step: int) -> None:
        run_id = self.studio.run_id
        if run_id is not None:
            self.ask(
                "moment", lambda p: read_moment(p, run_id, kind, step), self.recorded.show_moment
            )

    # -- hearing -------------------------------------------------------------------------------

    def _on_run_changed(self) -> None:
        self._steps = None
        self.mark_stale()

    def _on_changed(self, changes: Changes) -> None:
        if "checkpoints" in changes.kinds:
            self.live.forget_run()
        super()._on_changed(changes)
