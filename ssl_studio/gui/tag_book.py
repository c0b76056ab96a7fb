"""The tags of the open project, at hand for every page, and what is done with them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QObject, Signal

from ssl_studio.gui.choices import Ids
from ssl_studio.gui.studio import Studio
from ssl_studio.gui.text import tr
from ssl_studio.project.changes import Changes
from ssl_studio.project.file import Project
from ssl_studio.project.records import TagRecord

TAG_KINDS = frozenset({"tags", "image_tags"})


@dataclass(frozen=True, slots=True)
class Tagging:
    """All tags by name, and for each the ids of its images, ascending."""

    tags: tuple[TagRecord, ...] = ()
    members: tuple[Ids, ...] = ()


def read_tagging(project: Project) -> Tagging:
    """Everything about tags; runs in the background. Costs 0.2 s for a million tagged images."""
    tags = tuple(project.tags.all())
    return Tagging(tags, tuple(project.tags.images(tag.id) for tag in tags))


class TagBook(QObject):
    """Follows the project's tags. Get the one of a studio by `tag_book`.

    Signals: `changed()` after tags, or who bears them, became others.
    """

    changed = Signal()

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self._studio = studio
        self._tagging = Tagging()
        studio.changed.connect(self._on_changed)
        studio.project_opened.connect(self._ask)
        studio.project_closed.connect(lambda: self._show(Tagging()))
        self._ask()

    @property
    def tags(self) -> tuple[TagRecord, ...]:
        """All tags by name."""
        return self._tagging.tags

    def of(self, image_id: int) -> list[TagRecord]:
        """The tags that an image bears; quick enough to be asked while painting."""
        found = []
        for tag, members in zip(self._tagging.tags, self._tagging.members, strict=True):
            place = int(np.searchsorted(members, image_id))
            if place < len(members) and members[place] == image_id:
                found.append(tag)
        return found

    def counts(self, image_ids: Ids) -> list[int]:
        """For each tag how many of these images bear it."""
        return [int(np.isin(image_ids, members).sum()) for members in self._tagging.members]

    def by_key(self, digit: int) -> TagRecord | None:
        """The tag that a digit assigns."""
        return next((tag for tag in self.tags if tag.key == digit), None)

    def named(self, name: str) -> TagRecord | None:
        """The tag of a name, in any case."""
        wanted = " ".join(name.split()).casefold()
        return next((tag for tag in self.tags if tag.name.casefold() == wanted), None)

    # -- edits ---------------------------------------------------------------------------------

    def toggle(self, tag: TagRecord, image_ids: Sequence[int] | Ids) -> None:
        """Give the tag to the images, or take it from them where all have it."""
        ids = [int(image_id) for image_id in image_ids]
        if ids:
            words = tr("Tag “{name}”").format(name=tag.name)
            self._studio.edit(words, lambda project: project.edits.toggle_tag(ids, tag.id))

    def put(self, tag: TagRecord, image_ids: Sequence[int] | Ids, *, on: bool) -> None:
        """Give the tag to the images, or take it from them."""
        ids = [int(image_id) for image_id in image_ids]
        if ids:
            words = tr("Tag “{name}”") if on else tr("Take tag “{name}” away")
            self._studio.edit(
                words.format(name=tag.name),
                lambda project: project.edits.tag_images(ids, tag.id, on=on),
            )

    def add(self, name: str, image_ids: Sequence[int] | Ids = ()) -> None:
        """Make a tag and give it to images; an existing one of that name is given to them."""
        known = self.named(name)
        ids = [int(image_id) for image_id in image_ids]
        if known is not None:
            self.put(known, ids, on=True)
        elif name.strip():
            words = tr("New tag “{name}”").format(name=name.strip())
            self._studio.edit(words, lambda project: project.edits.add_tag(name, ids))

    def assign(self, digit: int, image_ids: Sequence[int] | Ids) -> None:
        """What a digit key does to images."""
        tag = self.by_key(digit)
        if tag is None:
            self._studio.message.emit(
                tr("No tag has the key {n} yet. Make one in the menu Tag.").format(n=digit)
            )
        elif not len(image_ids):
            self._studio.message.emit(tr("Choose some images first."))
        else:
            self.toggle(tag, image_ids)

    # -- following -----------------------------------------------------------------------------

    def _on_changed(self, changes: Changes) -> None:
        if changes.kinds & TAG_KINDS:
            self._ask()

    def _ask(self) -> None:
        if self._studio.is_open:
            self._studio.reader.ask("tags", read_tagging, self._show)

    def _show(self, tagging: Tagging) -> None:
        self._tagging = tagging
        self.changed.emit()


def tag_book(studio: Studio) -> TagBook:
    """The one book of a studio, made when first asked for."""
    found = studio.findChild(TagBook)
    return found if isinstance(found, TagBook) else TagBook(studio)
