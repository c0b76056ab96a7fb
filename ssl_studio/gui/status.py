"""The status bar: what is shown, what is chosen, what is filtered out, what is going on."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QStatusBar, QToolButton, QWidget

from ssl_studio.gui import text, theme
from ssl_studio.gui.activity import JobStatus
from ssl_studio.gui.filter_chips import Chip, Names, chips
from ssl_studio.gui.studio import Studio
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets import parts
from ssl_studio.project.changes import Changes
from ssl_studio.project.file import Project
from ssl_studio.project.records import ImageFilter

FILTERED_KINDS = frozenset({"images", "image_tags", "tags", "cluster_members", "clusters"})
CHIPS_SHOWN = 4
CHIP_LETTERS = 28


class FilterChips(QWidget):
    """A chip for each part of the filter; a click on it takes that part away.

    Not where the page has a bar that shows them.
    """

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._names = Names()
        self._is_wanted = True
        self.setAccessibleName(tr("Filter"))
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(theme.GAP, 0, 0, 0)
        self._row.setSpacing(theme.HALF)
        self.chips: list[QToolButton] = []
        studio.filter_changed.connect(self._ask_names)
        studio.project_closed.connect(self.show_filter)
        self.show_filter()

    def set_wanted(self, is_wanted: bool) -> None:
        """Whether this is the place to show the filter."""
        self._is_wanted = is_wanted
        self.show_filter()

    def _ask_names(self) -> None:
        """Tags and clusters are numbers to a filter."""
        self.show_filter()
        wanted = self._studio.filter
        if self._studio.is_open and (wanted.tag_ids or wanted.cluster_ids):
            self._studio.reader.ask("names", lambda p: read_names(p, wanted), self._show_names)

    def _show_names(self, names: Names) -> None:
        self._names = names
        self.show_filter()

    def show_filter(self) -> None:
        """Show the filter as it is now."""
        parts.clear(self._row)
        self.chips = []
        is_shown = self._studio.is_open and self._is_wanted
        found = chips(self._studio.filter, self._names) if is_shown else []
        for part in found[:CHIPS_SHOWN]:
            self._add(part.words, tr("Remove “{part}”").format(part=part.words), part.without)
        if len(found) > CHIPS_SHOWN:
            rest = tr("{n} more").format(n=len(found) - CHIPS_SHOWN)
            self._add(rest, _joined(found[CHIPS_SHOWN:]), found[-1].without)
        if len(found) > 1:
            self._add(tr("Show all"), tr("Show all images again"), ImageFilter())
        self.setVisible(bool(found))

    def _add(self, words: str, tip: str, after: ImageFilter) -> None:
        short = words if len(words) <= CHIP_LETTERS else f"{words[: CHIP_LETTERS - 1]}…"
        chip = QToolButton(text=short, toolTip=tip, accessibleName=tip)
        chip.setProperty("role", "chip")
        chip.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        theme.set_icon(chip, "close")
        chip.clicked.connect(lambda: self._studio.set_filter(after))
        self._row.addWidget(chip)
        self.chips.append(chip)


def _joined(found: list[Chip]) -> str:
    return ", ".join(part.words for part in found)


def read_names(project: Project, wanted: ImageFilter) -> Names:
    """What the tags and clusters of a filter are called."""
    ids = [cluster_id for cluster_id in wanted.cluster_ids if cluster_id is not None]
    return Names(
        {tag.id: tag.name for tag in project.tags.all()},
        project.clusterings.names(ids),
    )


class StatusBar(QStatusBar):
    """Chips at the left, counts and jobs at the right; a message covers the chips for a while."""

    activity_wanted = Signal()

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent, sizeGripEnabled=False)
        self._studio = studio
        self._shown: int | None = None
        self.chips = FilterChips(studio)
        self.counts = parts.label()
        self.counts.setAccessibleName(tr("Counts"))
        self.counts.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self.read_only_note = parts.chip(tr("read only"), "warning")
        self.jobs = JobStatus(studio)
        self.jobs.clicked.connect(lambda: self.activity_wanted.emit())
        self.addWidget(self.chips)
        for part in (self.read_only_note, self.counts, self.jobs.bar, self.jobs):
            self.addPermanentWidget(part)
        for signal in (studio.counts_changed, studio.selection_changed, studio.project_closed):
            signal.connect(self.show_counts)
        studio.filter_changed.connect(self.ask_shown)
        studio.changed.connect(self._on_changed)
        studio.project_opened.connect(self.ask_shown)
        self.read_only_note.hide()

    def ask_shown(self) -> None:
        """Count what passes the filter, off the window's thread."""
        studio, wanted = self._studio, self._studio.filter
        self._shown = None
        self.show_counts()
        if studio.is_open and not wanted.is_empty:
            studio.reader.ask(
                "shown", lambda project: project.images.count("ok", wanted), self._on_counted
            )

    def _on_counted(self, shown: int) -> None:
        self._shown = shown
        self.show_counts()

    def _on_changed(self, changes: Changes) -> None:
        is_filtered = self._studio.is_open and not self._studio.filter.is_empty
        if is_filtered and changes.kinds & FILTERED_KINDS:
            self.ask_shown()

    def show_counts(self) -> None:
        """Say how much is there, shown and chosen."""
        studio, counts = self._studio, self._studio.counts
        if not studio.is_open:
            self.counts.setText("")
            return
        said = [text.counted(counts.images, tr("image"), tr("images"))]
        if self._shown is not None and not studio.filter.is_empty:
            said = [
                tr("{n} of {images}").format(n=text.count(self._shown), images=said[0]),
            ]
        if len(studio.selection):
            said.insert(0, tr("{n} chosen").format(n=text.count(len(studio.selection))))
        if counts.bad:
            said.append(tr("{n} unreadable").format(n=text.count(counts.bad)))
        if counts.missing:
            said.append(tr("{n} missing").format(n=text.count(counts.missing)))
        self.counts.setText("  ·  ".join(said))
