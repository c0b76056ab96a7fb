"""The images whose neighbours differ most between two columns."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ssl_studio.gui import text, theme
from ssl_studio.gui.job_list import JobState, RunningJob
from ssl_studio.gui.pages.lenses import Lens
from ssl_studio.gui.studio import NO_IDS, Studio
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets import parts
from ssl_studio.gui.widgets.image_grid import ImageGrid
from ssl_studio.jobs.neighbours import NeighbourChanges, NeighbourChangesJob

SHOWN = 500
TILE_PX = 80


def summary(changes: NeighbourChanges) -> str:
    """What a comparison found, in a sentence."""
    count = len(changes.ids)
    words = tr("On average {share} of the {k} nearest are the same, over {images}.").format(
        share=text.percent(changes.mean), k=changes.k,
        images=text.counted(count, tr("image"), tr("images")),
    )  # fmt: skip
    if count > SHOWN:
        words += " " + tr("The {n} most changed are shown.").format(n=text.count(SHOWN))
    return words


def kept_words(changes: NeighbourChanges) -> list[str]:
    """A line for each image that is shown."""
    return [
        tr("{n} of {k} kept").format(n=round(share * changes.k), k=changes.k)
        for share in changes.kept[:SHOWN].tolist()
    ]


class ChangesPanel(QWidget):
    """Choose the column to compare the first one with; see which images moved, click one.

    Signals: `image_wanted(id)`.
    """

    image_wanted = Signal(int)

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._known: dict[tuple[int, int, int], NeighbourChanges] = {}
        self._first: Lens | None = None
        self._lenses: list[Lens] = []
        self._k = 20
        self.box = parts.Choice(tr("Compare the first column with"))
        self.start = parts.button(tr("Compare all images"), "play", on_click=self._on_start)
        self.words = parts.label("", "muted")
        self.grid = ImageGrid(tr("Images whose neighbours changed most"), captions=True)
        self.grid.set_tile_width(TILE_PX)
        self._build()
        self.box.activated.connect(lambda _index: self._show())
        self.grid.image_opened.connect(self.image_wanted)
        self.grid.neighbours_wanted.connect(self.image_wanted)
        self.grid.clicked.connect(lambda _index: self._on_clicked())

    def _build(self) -> None:
        head = parts.row(
            parts.label(tr("Changed most"), "heading"),
            parts.label(tr("from the first column to"), "muted"),
            self.box,
            self.start,
            None,
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        lines = parts.column(head, self.words, gap_px=theme.HALF)
        layout.addWidget(parts.plain(lines, (theme.WIDE, theme.GAP, theme.WIDE, theme.HALF)))
        layout.addWidget(self.grid)

    def set_lenses(self, first: Lens | None, others: list[Lens], k: int) -> None:
        """Offer these columns; what was compared before is shown at once."""
        before = self.box.currentText()
        self._first, self._k = first, k
        self._lenses = [lens for lens in others if lens.feature_set_id is not None]
        self.box.clear()
        for lens in self._lenses:
            self.box.addItem(lens.words)
        self.box.setCurrentIndex(max(0, self.box.findText(before)))
        self.grid.images.set_thumbnails(self._studio.thumbnails)
        self._show()

    def clear(self) -> None:
        """Nothing is open."""
        self._known.clear()
        self.grid.images.set_thumbnails(None)
        self.grid.images.set_ids(NO_IDS)

    def _job(self) -> NeighbourChangesJob | None:
        place = self.box.currentIndex()
        if self._first is None or not 0 <= place < len(self._lenses):
            return None
        first, second = self._first.feature_set_id, self._lenses[place].feature_set_id
        if first is None or second is None or first == second:
            return None
        return NeighbourChangesJob(first, second, self._k)

    def _show(self) -> None:
        job = self._job()
        found = self._known.get((job.first, job.second, job.k)) if job is not None else None
        self.start.setVisible(found is None)
        self.start.setEnabled(job is not None)
        if found is not None:
            self.words.setText(summary(found))
            self.grid.images.set_ids(found.ids[:SHOWN], kept_words(found))
            return
        self.grid.images.set_ids(NO_IDS)
        self.words.setText(
            tr("Holds the neighbours of every image against each other; once found they are kept.")
            if job is not None
            else tr("Add a second column whose features are there.")
        )

    def _on_start(self) -> None:
        job = self._job()
        running = self._studio.run(job) if job is not None else None
        if job is not None and running is not None:
            self.start.setEnabled(False)
            running.ended.connect(lambda: self._on_ended(job, running))

    def _on_ended(self, job: NeighbourChangesJob, running: RunningJob) -> None:
        if running.state is JobState.SUCCEEDED and isinstance(running.result, NeighbourChanges):
            self._known[job.first, job.second, job.k] = running.result
        self._show()

    def _on_clicked(self) -> None:
        current = self.grid.current_id()
        if current is not None:
            self.image_wanted.emit(current)
