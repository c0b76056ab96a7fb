"""What every grid of images can do, on whatever page: large view, tags, and dots for tags."""

from PySide6.QtWidgets import QWidget

from ssl_studio.gui.studio import Studio
from ssl_studio.gui.tag_book import tag_book
from ssl_studio.gui.widgets.image_grid import ImageGrid
from ssl_studio.gui.widgets.tag_manager import manage_tags
from ssl_studio.gui.widgets.tag_menu import TagMenu


def equip(studio: Studio, page: QWidget) -> None:
    """Give all grids below a widget the large view, the menu of tags, and dots for tags.

    Call it once, when the grids are there; grids made later are given to `equip_grid`.
    """
    for grid in page.findChildren(ImageGrid):
        equip_grid(studio, grid)


def equip_grid(studio: Studio, grid: ImageGrid) -> None:
    """The same for one grid; a second time does nothing."""
    if grid.property("is_equipped"):
        return
    grid.setProperty("is_equipped", True)
    book = tag_book(studio)
    grid.images.set_dots(lambda image_id: [tag.colour for tag in book.of(image_id)])
    book.changed.connect(grid.viewport().update)
    grid.look_wanted.connect(lambda image_id: studio.look_at(image_id, grid.images.ids))
    menu = TagMenu(book, lambda: studio.selection, grid)
    menu.manage_wanted.connect(lambda: manage_tags(studio, book, grid))
    grid.addAction(menu.menuAction())
