"""The preview of a method's views on the user's own images."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from ssl_studio.errors import StudioError
from ssl_studio.gui import theme
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets import parts
from ssl_studio.gui.widgets.views_preview import Column, ViewsPreview
from ssl_studio.jobs.preview import PreviewResult


def column_name(name: str) -> str:
    """The name of a kind of view in the user's language."""
    known = {
        "picture": tr("image"),
        "images": tr("view"),
        "tiles": tr("tiles"),
        "what the network sees": tr("what the network sees"),
    }
    if name in known:
        return known[name]
    kind, _space, number = name.rpartition(" ")
    if kind == "view" and number.isdigit():
        return tr("view {n}").format(n=number)
    return name


def whose_views(chosen: int, shown: int) -> str:
    """Of which images views are shown."""
    if not chosen:
        return tr("Random views of some of your images, with the settings as they are.")
    if chosen >= shown:
        return tr("Random views of the images you chose, with the settings as they are.")
    if chosen == 1:
        return tr("Random views of the image you chose, then of others, with these settings.")
    return tr(
        "Random views of the {n} images you chose, then of others, with these settings."
    ).format(n=chosen)


class ViewPanel(QWidget):
    """Views with buttons. Signals: `redraw_wanted()`, `others_wanted()`."""

    redraw_wanted = Signal()
    others_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.preview = ViewsPreview()
        self.words = parts.label("", "small", wrap=True)
        self.notes = parts.label("", "small", wrap=True)
        self.problem = parts.label("", "danger", wrap=True)
        self.redraw_button = parts.button(
            tr("Draw again"), "refresh", on_click=self.redraw_wanted.emit
        )
        self.redraw_button.setToolTip(tr("Other random views of the same images"))
        self.others_button = parts.button(
            tr("Other images"), "images", on_click=self.others_wanted.emit
        )
        self.setLayout(
            parts.column(
                parts.label(tr("WHAT THE NETWORK WILL BE SHOWN"), "section"),
                self.words,
                theme.HALF,
                parts.row(self.redraw_button, self.others_button, None),
                self.problem,
                self.preview,
                self.notes,
                None,
                gap_px=theme.HALF,
            )
        )
        self.clear()

    def clear(self) -> None:
        """Nothing was drawn yet."""
        self.preview.show_columns(())
        self._say(tr("Views are drawn from your own images."), "", "")
        self._enable(is_enabled=False)

    def show_drawing(self) -> None:
        """Newer views are on their way."""
        self.preview.set_stale(True)

    def show_views(self, found: PreviewResult, *, chosen: int) -> None:
        """Show the views that a job has drawn; of the images, the first so many were chosen."""
        self.preview.show_columns(
            [Column(column_name(row.name), row.pictures) for row in found.rows]
        )
        self._say(whose_views(chosen, len(found.image_ids)), " ".join(found.notes), "")
        self._enable(is_enabled=True)
        self.others_button.setEnabled(chosen < len(found.image_ids))

    def show_problem(self, error: StudioError) -> None:
        """Say why there are no views."""
        self.preview.set_stale(True)
        self._say("", "", str(error))
        self._enable(is_enabled=True)

    def _say(self, words: str, notes: str, problem: str) -> None:
        for label, said in ((self.words, words), (self.notes, notes), (self.problem, problem)):
            label.setText(said)
            label.setVisible(bool(said))

    def _enable(self, *, is_enabled: bool) -> None:
        self.redraw_button.setEnabled(is_enabled)
        self.others_button.setEnabled(is_enabled)
