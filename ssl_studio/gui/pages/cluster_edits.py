"""What a user does to clusters: every edit is stored at once and can be undone."""

from collections.abc import Sequence

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QVBoxLayout, QWidget

from ssl_studio.gui import dialogs, theme
from ssl_studio.gui.job_list import RunningJob
from ssl_studio.gui.studio import Ids, Studio
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets.cluster_cards import ClusterCard
from ssl_studio.gui.widgets.cluster_list import ClusterList
from ssl_studio.jobs.cluster_relations import SplitJob, SplitParts
from ssl_studio.project.changes import Changes
from ssl_studio.project.file import Project
from ssl_studio.project.records import TagRecord

LOOK = "look"
"""The lane of short work, so that it does not wait for a training."""


class ClusterEdits:
    """Edits of clusters through the studio's undo stack."""

    def __init__(self, studio: Studio, parent: QWidget) -> None:
        self._studio = studio
        self._parent = parent

    def ask_name(self, card: ClusterCard) -> None:
        """Ask for another name and give it."""
        name = dialogs.ask_text(self._parent, tr("Rename"), tr("Name of the cluster"), card.name)
        if name is not None and name != card.name:
            self.rename(card.id, name)

    def rename(self, cluster_id: int, name: str) -> None:
        """Give a cluster a name."""
        self._studio.edit(
            tr("rename to “{name}”").format(name=name),
            lambda project: project.edits.rename_cluster(cluster_id, name),
        )

    def recolour(self, card: ClusterCard, colour: str) -> None:
        """Give a cluster a colour."""
        self._studio.edit(
            tr("colour of “{name}”").format(name=card.name),
            lambda project: project.edits.recolour_cluster(card.id, colour),
        )

    def note(self, card: ClusterCard, words: str) -> None:
        """Replace the note on a cluster."""
        if words != card.note:
            self._studio.edit(
                tr("note on “{name}”").format(name=card.name),
                lambda project: project.edits.note_cluster(card.id, words),
            )

    def merge(self, cluster_ids: Sequence[int]) -> None:
        """Join clusters into the first."""
        self._studio.edit(
            tr("merge of {n} clusters").format(n=len(cluster_ids)),
            lambda project: project.edits.merge_clusters(cluster_ids),
        )

    def split_off(self, cluster_id: int, image_ids: Sequence[int]) -> None:
        """Make a cluster of its own of some images."""
        ids = list(image_ids)
        if ids:
            self._studio.edit(
                tr("new cluster of {n} images").format(n=len(ids)),
                lambda project: project.edits.split_cluster(cluster_id, ids),
            )

    def split_in_two(self, cluster_id: int, examples: Sequence[int] = ()) -> None:
        """Look for two halves in the background, then split them."""
        running = self._studio.run(SplitJob(cluster_id, tuple(examples)), LOOK)
        if running is not None:
            running.ended.connect(lambda: self._on_halves(running))

    def _on_halves(self, running: RunningJob) -> None:
        if isinstance(running.result, SplitParts):
            self.split_off(running.result.cluster_id, running.result.leaving)
        elif running.error is not None:
            self._studio.message.emit(running.error.what)

    def move(self, image_ids: Ids, target: ClusterCard) -> None:
        """Move images into a cluster."""
        ids = image_ids.tolist()
        if ids:
            self._studio.edit(
                tr("move of {n} images to “{name}”").format(n=len(ids), name=target.name),
                lambda project: project.edits.move_images(ids, target.id),
            )
            self._studio.message.emit(
                tr("{n} moved to “{name}”.").format(n=len(ids), name=target.name)
            )

    def tag(self, image_ids: Sequence[int], tag: TagRecord) -> None:
        """Give images a tag."""
        ids = list(image_ids)
        self._studio.edit(
            tr("tag “{name}”").format(name=tag.name),
            lambda project: project.edits.tag_images(ids, tag.id),
        )

    def tag_clusters(self, cards: Sequence[ClusterCard], tag: TagRecord) -> None:
        """Give all images of clusters a tag."""
        self._studio.edit(
            tr("tag “{name}”").format(name=tag.name),
            lambda project: project.edits.tag_images(members_of(project, cards), tag.id),
        )

    def ask_new_tag(self, cards: Sequence[ClusterCard], image_ids: Sequence[int] = ()) -> None:
        """Ask for a new tag and give it to images, or to all of clusters."""
        proposed = cards[0].name if len(cards) == 1 else ""
        name = dialogs.ask_text(self._parent, tr("New tag"), tr("Name of the tag"), proposed)
        if name is None:
            return
        ids = list(image_ids)

        def edit(project: Project) -> Changes:
            return project.edits.add_tag(name, ids or members_of(project, cards))

        self._studio.edit(tr("tag “{name}”").format(name=name), edit)


def members_of(project: Project, cards: Sequence[ClusterCard]) -> list[int]:
    """All images of some clusters."""
    return [m.image_id for card in cards for m in project.clusterings.members(card.id)]


def ask_cluster(parent: QWidget, title: str, cards: Sequence[ClusterCard]) -> ClusterCard | None:
    """Let the user choose one of many clusters, or None."""
    dialog = QDialog(parent, windowTitle=title)
    chooser = ClusterList()
    chooser.show_cards(list(cards), None)
    found: list[int] = []

    def take(cluster_id: int) -> None:
        found.append(cluster_id)
        dialog.accept()

    chooser.chosen.connect(take)
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
    buttons.rejected.connect(dialog.reject)
    layout = QVBoxLayout(dialog)
    layout.setContentsMargins(theme.WIDE, theme.WIDE, theme.WIDE, theme.WIDE)
    layout.addWidget(chooser)
    layout.addWidget(buttons)
    dialog.resize(360, 480)
    dialog.exec()
    dialog.deleteLater()
    return next((card for card in cards if found and card.id == found[0]), None)
