"""The picture whose neighbours are shown: an image of the project, or one from outside."""

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ssl_studio.errors import StudioError
from ssl_studio.gui import text, theme
from ssl_studio.gui.models.thumbnails import ThumbnailStore
from ssl_studio.gui.pages import outside
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets import parts
from ssl_studio.gui.widgets.image_details import Picture
from ssl_studio.jobs.neighbour_search import OutsideQuery, Preview
from ssl_studio.project.file import Project


@dataclass(frozen=True, slots=True)
class QueryFacts:
    """What is known about the query; nothing is for a picture from outside."""

    image_id: int | None = None
    name: str = ""
    line: str = ""
    label: str | None = None
    problem: str = ""


def read_query_facts(project: Project, image_id: int) -> QueryFacts:
    """Name, label and size of an image; runs in the background."""
    found = project.images.get([image_id])
    if not found:
        return QueryFacts(problem=tr("This image is no longer in the project."))
    record = found[0]
    pixels = f"{record.width} × {record.height}" if record.width else ""
    line = "  ·  ".join(part for part in (record.label, pixels, text.size(record.bytes)) if part)
    return QueryFacts(image_id, record.path.rsplit("/", 1)[-1], line, record.label)


class QueryPanel(QWidget):
    """Picture, name and facts; ways to ask for another one.

    Signals: `file_wanted`, `paste_wanted`.
    """

    file_wanted = Signal()
    paste_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedWidth(theme.SIDE_WIDTH_PX)
        self.back = parts.tool_button("back", tr("Back to the image before"))
        self.picture = Picture(theme.SIDE_WIDTH_PX - 2 * theme.WIDE)
        self.name = parts.label("", "heading", wrap=True)
        self.facts = parts.label("", "muted", wrap=True)
        self.problem = parts.label("", "warning", wrap=True)
        self.file_button = parts.button(
            tr("Choose a file …"), "folder", on_click=self.file_wanted.emit
        )
        self.paste_button = parts.button(tr("Paste"), "copy", on_click=self.paste_wanted.emit)
        self.paste_button.setToolTip(tr("A picture, or a file, from the clipboard (Ctrl+V)"))
        self._image_id: int | None = None
        self._outside: OutsideQuery | None = None
        self._thumbnails: ThumbnailStore | None = None
        self._build()

    def _build(self) -> None:
        hint = tr(
            "Double-click a neighbour to look around from there. Drop a picture from anywhere to "
            "see what is like it. Numbers are cosine distances by exact search; 0 is the same."
        )
        side = parts.frame(
            "list",
            parts.column(
                parts.row(self.back, parts.label(tr("QUERY"), "section"), None),
                self.picture,
                self.name,
                self.facts,
                self.problem,
                theme.HALF,
                parts.row(self.file_button, self.paste_button, None),
                None,
                parts.label(hint, "small", wrap=True),
            ),
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(side)

    def set_can_go_back(self, can: bool) -> None:
        """Whether there was a query before this one."""
        self.back.setEnabled(can)

    def show_facts(self, facts: QueryFacts, thumbnails: ThumbnailStore) -> None:
        """Show an image of the project."""
        self._outside = None
        self._image_id = facts.image_id
        self.name.setText(facts.name)
        self.facts.setText(facts.line)
        self.problem.setText(facts.problem)
        self._thumbnails = thumbnails
        thumbnails.arrived.connect(self._show_thumbnail, Qt.ConnectionType.UniqueConnection)
        self._show_thumbnail()

    def show_outside(self, query: OutsideQuery) -> None:
        """Say that a picture from outside is being read."""
        self._outside, self._image_id = query, None
        self.picture.show_pixmap(None)
        self.name.setText(query.name)
        self.facts.setText(tr("From outside the project"))
        self.problem.setText("")

    def show_preview(self, query: OutsideQuery, preview: Preview) -> None:
        """Show a picture from outside, unless something else is asked for by now."""
        if query is self._outside:
            self.picture.show_pixmap(outside.pixmap_of(preview))
            size = f"{preview.width} × {preview.height}"
            self.facts.setText("  ·  ".join((tr("From outside the project"), size)))

    def show_problem(self, error: StudioError) -> None:
        """Say why the picture cannot be shown."""
        self.problem.setText(str(error))

    def clear(self) -> None:
        """Nothing is open."""
        self._outside = self._image_id = self._thumbnails = None
        self.picture.show_pixmap(None)

    def _show_thumbnail(self) -> None:
        if self._thumbnails is not None and self._image_id is not None:
            self.picture.show_pixmap(self._thumbnails.pixmap(self._image_id))
