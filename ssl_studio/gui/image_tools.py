"""What every grid of images can do, on whatever page: large view, tags, and dots for tags."""

from PySide6.QtWidgets import QWidget

from ssl_studio.gui.studio import Studio
from ssl_studio.gui.tag_book import tag_book
from ssl_studio.gui.widgets.image_grid import ImageGrid
from ssl_studio.gui.widgets.tag_manager import manage_tags
from ssl_studio.gui.widgets.tag_menu import TagMenu
from ssl_studio.project.records import ImageFilter


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
    grid.tags_wanted.connect(menu.popup)


def do_anywhere(studio: Studio, command_id: str) -> bool:
    """Carry out a command on the chosen images that the shown page left alone."""
    if not studio.is_open:
        return False
    selection = studio.selection
    if command_id.startswith("assign_"):
        tag_book(studio).assign(int(command_id.removeprefix("assign_")), selection)
    elif command_id == "open_large" and len(selection):
        studio.look_at(int(selection[-1]), selection)
    elif command_id == "clear_filter":
        studio.set_filter(ImageFilter())
    else:
        return False
    return True
