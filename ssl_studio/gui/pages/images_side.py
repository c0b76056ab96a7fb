"""The pane beside the images: what is known of the one that was chosen last, and its tags."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtGui import QPixmap

from ssl_studio.gui import file_manager
from ssl_studio.gui.models.larger_pictures import may_be_larger
from ssl_studio.gui.pages import images_data as data
from ssl_studio.gui.pages.page import Page
from ssl_studio.gui.studio import Ids
from ssl_studio.gui.tag_book import tag_book
from ssl_studio.gui.widgets.image_details import ImageDetails, ImageFacts
from ssl_studio.gui.widgets.tag_manager import manage_tags
from ssl_studio.gui.widgets.tag_menu import TagChips, TagMenu
from ssl_studio.project.records import ImageFilter, TagRecord


class ImagesSide(QObject):
    """Fills the pane; `shown_ids` says which images the large view steps through."""

    def __init__(self, page: Page, shown_ids: Callable[[], Ids]) -> None:
        super().__init__(page)
        self._page, self._studio = page, page.studio
        self._book = tag_book(page.studio)
        menu = TagMenu(self._book, lambda: self._studio.selection, page)
        menu.manage_wanted.connect(lambda: manage_tags(page.studio, self._book, page))
        self.chips = TagChips(menu)
        self.chips.removed.connect(self._on_tag_removed)
        self.details = ImageDetails(self.chips)
        self.details.look_wanted.connect(lambda i: page.studio.look_at(i, shown_ids()))
        self.details.neighbours_wanted.connect(page.studio.set_query)
        self.details.folder_wanted.connect(lambda path: file_manager.reveal(Path(path)))
        self.details.alike_wanted.connect(
            lambda ids: page.studio.set_filter(replace(ImageFilter(), image_ids=tuple(ids)))
        )
        self._book.changed.connect(self._show_tags)
        page.studio.project_opened.connect(self._follow_pictures)
        if page.studio.is_open:
            self._follow_pictures()

    def _follow_pictures(self) -> None:
        thumbnails = self._studio.thumbnails
        thumbnails.arrived.connect(self._show_picture)
        thumbnails.larger.arrived_of.connect(lambda _ids: self._show_picture())

    def clear(self) -> None:
        """Nothing is chosen."""
        self.details.show_facts(None, None)

    def show_selection(self) -> None:
        """Show what is chosen, and ask what is known of it."""
        selection = self._studio.selection
        if not len(selection) or not self._studio.is_open:
            self.clear()
            return
        image_id, number = int(selection[-1]), len(selection)
        clustering_id = self._studio.clustering_id

        def answer(facts: ImageFacts | None) -> None:
            self.details.show_facts(facts, self._picture(image_id) if facts else None, number)
            self._show_tags()

        self._page.ask("facts", lambda p: data.read_facts(p, image_id, clustering_id), answer)
        self._page.ask(
            "exif",
            lambda p: data.read_exif_lines(p, image_id),
            lambda lines: self.details.show_shot(image_id, lines),
        )

    def _picture(self, image_id: int) -> QPixmap | None:
        """The best that is there; what is better is asked for."""
        thumbnails = self._studio.thumbnails
        larger = thumbnails.larger.kept(image_id)
        found = thumbnails.pixmap(image_id) if larger is None else larger
        shown = self.details.picture
        side_px = shown.height() * shown.devicePixelRatioF()
        if found is not None and may_be_larger(found, side_px):
            thumbnails.larger.want(self, [image_id], side_px)
        return found

    def _show_picture(self) -> None:
        image_id = self.details.image_id
        if image_id is not None and self._studio.is_open:
            self.details.show_picture(image_id, self._picture(image_id))

    def _show_tags(self) -> None:
        image_id = self.details.image_id
        self.chips.show_tags([] if image_id is None else self._book.of(image_id))

    def _on_tag_removed(self, tag: TagRecord) -> None:
        if self.details.image_id is not None:
            self._book.put(tag, [self.details.image_id], on=False)
