"""What can leave the project, what would be written where, and the writing itself."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QByteArray, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFormLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QMessageBox,
    QVBoxLayout,
    QWidget,
)

from ssl_studio.errors import StudioError
from ssl_studio.gui import dialogs, text, theme
from ssl_studio.gui.file_manager import open_folder
from ssl_studio.gui.job_list import JobState, RunningJob
from ssl_studio.gui.pages.export_choices import (
    ExportChoices,
    ExportKind,
    Offer,
    kinds,
    make_job,
    make_plan,
    read_offer,
    unused_folder,
)
from ssl_studio.gui.pages.export_preview import ExportPreview
from ssl_studio.gui.pages.page import Page
from ssl_studio.gui.studio import Studio
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets import parts
from ssl_studio.jobs.export import ExportResult
from ssl_studio.jobs.export_plans import Plan
from ssl_studio.jobs.layers import layers_of_run

KIND_WIDTH_PX = 200
KIND_HEIGHT_PX = 34
CONTENT_WIDTH_PX = 1200
ROOM_FOR_BOTH_PX = 1700
FOLDER_KEY = "export_folder"


class ExportPage(Page):
    """Kinds at the left; at the right the choices, a preview of every file, and the button."""

    key, icon = "export", "export"
    listens = frozenset(
        {"runs", "checkpoints", "feature_sets", "clusterings", "clusters", "probes", "tags"}
    )
    job_types = (
        "ExportEncoderJob",
        "ExportFeaturesJob",
        "ExportClustersJob",
        "ExportCurvesJob",
        "ExportTagsJob",
        "ExportComparisonJob",
        "ReportJob",
    )

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(studio, parent)
        self.plan: Plan | None = None
        self.offer = Offer()
        self._written: Path | None = None
        self._is_own_folder = False
        self.kind_list = QListWidget(accessibleName=tr("What shall leave"))
        self.choices = ExportChoices()
        self.heading = parts.label("", "heading")
        self.about = parts.label("", "muted", wrap=True)
        self.folder_box = QLineEdit()
        self.folder_box.setAccessibleName(tr("Destination"))
        self.preview = ExportPreview()
        self.total = parts.label("", "muted")
        self.result = parts.label("", "", wrap=True, selectable=True)
        self.export_button = parts.button(
            tr("Export"), "export", role="primary", on_click=self.export
        )
        self.open_button = parts.button(tr("Open folder"), "folder", on_click=self._open_folder)
        self._build()
        self.kind_list.currentRowChanged.connect(lambda _row: self._on_kind())
        self.choices.changed.connect(self._on_choice)
        self.choices.layers_wanted.connect(self._ask_layers)
        self.preview.copied.connect(lambda: studio.message.emit(tr("Copied.")))
        self.folder_box.textEdited.connect(lambda _text: self._on_folder_edited())
        studio.run_changed.connect(self._follow)
        studio.feature_set_changed.connect(self._follow)
        studio.clustering_changed.connect(self._follow)

    @classmethod
    def title(cls) -> str:
        """Its name in the rail."""
        return tr("Export")

    # -- building ------------------------------------------------------------------------------

    def _build(self) -> None:
        for kind in kinds():
            item = QListWidgetItem(kind.words)
            item.setData(Qt.ItemDataRole.UserRole, kind.key)
            item.setSizeHint(QSize(0, KIND_HEIGHT_PX))
            self.kind_list.addItem(item)
        self.kind_list.setFrameShape(QListWidget.Shape.NoFrame)
        side = parts.frame("list", parts.column(self.kind_list), theme.GAP)
        side.setFixedWidth(KIND_WIDTH_PX)
        choose = parts.button(tr("Choose …"), "folder", on_click=self._choose_folder)
        form = QFormLayout()
        form.setHorizontalSpacing(theme.WIDE)
        form.setVerticalSpacing(theme.GAP)
        self.choices.fill(form)
        form.addRow(tr("Folder"), parts.row(self.folder_box, choose))
        choices = parts.plain(parts.column(self.heading, self.about, theme.GAP, form, None))
        self.both = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self.both.setSpacing(theme.WIDE)
        for half in (choices, parts.plain(parts.column(self.preview, None))):
            self.both.addWidget(half, 1)
        body_holder = parts.plain(parts.column(self.both, None))
        body_holder.setMaximumWidth(2 * CONTENT_WIDTH_PX)
        page = parts.plain(parts.column(body_holder), (24, 16, 24, 16))
        self.result.hide()
        said = parts.row(self.total)
        said.addWidget(self.result, 1)
        doings = parts.row(None, self.open_button, self.export_button)
        below = parts.row()
        below.addLayout(said, 1)
        below.addLayout(doings)
        foot = parts.frame("foot", below, 12)
        main = parts.plain(parts.column(parts.scrolled(page), foot, gap_px=0))
        layout = QVBoxLayout(self.content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(parts.row(side, main, gap_px=0))
        self.open_button.hide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where there is room, what will be written stands beside the choices."""
        super().resizeEvent(event)
        is_wide = event.size().width() >= ROOM_FOR_BOTH_PX
        ways = QBoxLayout.Direction
        self.both.setDirection(ways.LeftToRight if is_wide else ways.TopToBottom)

    # -- the page ------------------------------------------------------------------------------

    @property
    def kind(self) -> ExportKind:
        """What is about to leave."""
        return kinds()[max(0, self.kind_list.currentRow())]

    def refresh(self) -> None:
        """Ask what there is."""
        self.ask("offer", read_offer, self._show_offer)

    def main_widget(self) -> QWidget:
        """What has the keyboard first."""
        return self.kind_list

    def clear(self) -> None:
        """Nothing is open."""
        self.offer, self.plan, self._written = Offer(), None, None
        self.choices.forget()
        self._is_own_folder = False
        self._say("")

    def poses(self) -> dict[str, Callable[[], object]]:
        """The kinds that look most different."""
        rows = {kind.key: number for number, kind in enumerate(kinds())}
        return {
            "": lambda: self.kind_list.setCurrentRow(rows["encoder"]),
            "-features": lambda: self.kind_list.setCurrentRow(rows["features"]),
            "-clusters": lambda: self.kind_list.setCurrentRow(rows["clusters"]),
            "-report": lambda: self.kind_list.setCurrentRow(rows["report"]),
        }

    def show_kind(self, key: str) -> None:
        """Go to one kind of export."""
        self.kind_list.setCurrentRow([kind.key for kind in kinds()].index(key))

    def do(self, command_id: str) -> bool:
        """Carry out the export that is shown."""
        if command_id == "export_now" and self.export_button.isEnabled() and not self.is_empty:
            self.export()
            return True
        return False

    def _show_offer(self, offer: Offer) -> None:
        self.offer = offer
        self.choices.offer(offer, self.studio)
        self.show_content()
        if self.kind_list.currentRow() < 0:
            self.kind_list.setCurrentRow(0)
        else:
            self._propose_folder()
            self._ask_plan()

    def _follow(self) -> None:
        if not self.is_stale:
            self.choices.offer(self.offer, self.studio)
            self._ask_plan()

    def _on_kind(self) -> None:
        kind = self.kind
        self.heading.setText(kind.words)
        self.about.setText(kind.about)
        self.choices.show_kind(kind.key)
        self._is_own_folder = False
        self._say("")
        self._propose_folder()
        self._ask_plan()

    def _on_choice(self) -> None:
        self._say("")
        self._ask_plan()

    def _ask_layers(self, run_id: int) -> None:
        """All layers of the run's network; it has to be built for that."""

        def show(layers: Sequence[str]) -> None:
            self.choices.show_layers(run_id, layers)

        self.studio.workshop.ask(
            (self.key, "layers"),
            tr("Reading the layers of a network"),
            lambda project, _report, _cancel: layers_of_run(project, run_id),
            show,
            # Those that features are known of can be chosen all the same.
            lambda _error: None,
        )

    # -- where to ------------------------------------------------------------------------------

    def _parent_folder(self) -> Path:
        # Beside the project until another place has been chosen.
        beside = self.studio.path.parent if self.studio.path is not None else Path.home()
        kept = bytes(self.studio.preferences.blob(FOLDER_KEY).data()).decode("utf-8", "replace")
        return Path(kept) if kept and Path(kept).is_dir() else beside

    def _propose_folder(self) -> None:
        if self._is_own_folder or self.studio.path is None:
            return
        name = f"{self.studio.path.stem} {self.kind.folder_name}"
        self.folder_box.setText(str(unused_folder(self._parent_folder(), name)))

    def _choose_folder(self) -> None:
        chosen = dialogs.pick_export_folder(self, self.studio.preferences)
        if chosen is not None:
            self.studio.preferences.set_blob(FOLDER_KEY, QByteArray(str(chosen).encode()))
            self._is_own_folder = False
            self._propose_folder()
            self._on_choice()

    def _on_folder_edited(self) -> None:
        self._is_own_folder = True
        self._on_choice()

    @property
    def folder(self) -> Path:
        """Where the files go."""
        return Path(self.folder_box.text().strip()).expanduser()

    # -- the preview ---------------------------------------------------------------------------

    def _ask_plan(self) -> None:
        chosen, folder, kind = self.choices.values(), self.folder, self.kind.key
        self.export_button.setEnabled(False)
        if not self.studio.is_open or self.is_empty:
            return
        self.studio.reader.ask(
            (self.key, "plan"),
            lambda project: make_plan(project, kind, chosen, folder),
            self._show_plan,
            self._show_plan_problem,
        )

    def _show_plan(self, plan: Plan | None) -> None:
        self.plan = plan
        if plan is None:
            self._show_plan_problem(StudioError(self.kind.missing))
            return
        self.preview.show_plan(plan)
        self.total.setText(
            tr("{files}, about {size}").format(
                files=text.counted(len(plan.files), tr("file"), tr("files")),
                size=text.size(plan.total_bytes),
            )
        )
        is_free = self.studio.job_of(*self.job_types) is None
        self.export_button.setEnabled(bool(plan.files) and is_free)

    def _show_plan_problem(self, error: StudioError) -> None:
        self.plan = None
        self.preview.show_problem(str(error))
        self.total.setText("")
        self.export_button.setEnabled(False)

    # -- writing -------------------------------------------------------------------------------

    def export(self) -> None:
        """Write what is shown; asks first where something would be replaced."""
        if self.plan is None:
            return
        folders = [name for name in self.plan.clashes if name.endswith("/")]
        if folders:
            self.studio.failed.emit(
                StudioError(
                    tr("“{name}” is there already.").format(name=folders[0]),
                    tr("Folders of pictures are never replaced."),
                    tr("Choose another folder."),
                )
            )
        elif self.plan.clashes:
            self._ask_replace(self.plan.clashes)
        else:
            self._run(overwrite=False)

    def _ask_replace(self, names: list[str]) -> None:
        box = QMessageBox(
            QMessageBox.Icon.Question,
            tr("SSL Studio"),
            tr("Replace {files} in “{folder}”?").format(
                files=text.counted(len(names), tr("file"), tr("files")), folder=self.folder
            ),
            parent=self,
        )
        box.setInformativeText("\n".join(names))
        replace = box.addButton(tr("Replace"), QMessageBox.ButtonRole.DestructiveRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        replace.clicked.connect(lambda: self._run(overwrite=True))
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.open()

    def _run(self, *, overwrite: bool) -> None:
        job = make_job(self.kind.key, self.choices.values(), self.folder, overwrite)
        if job is None:
            return
        self.studio.preferences.set_blob(FOLDER_KEY, QByteArray(str(self.folder.parent).encode()))
        # Not through `run`: an export only reads, so it may go on where nothing can be written.
        running = self.studio.jobs.submit(job, "export")
        self.export_button.setEnabled(False)
        self._say(tr("Writing …"))
        running.ended.connect(lambda: self._on_ended(running))

    def _on_ended(self, running: RunningJob) -> None:
        if isinstance(running.result, ExportResult) and running.state is JobState.SUCCEEDED:
            files = running.result.files
            self._written = files[0].parent if files else None
            words = text.counted(len(files), tr("file"), tr("files"))
            said = tr("{files} written to {folder}").format(files=words, folder=self._written)
            left_out = len(running.result.left_out)
            if left_out:
                said += " " + tr("{n} left out.").format(
                    n=text.counted(left_out, tr("picture"), tr("pictures"))
                )
            self._is_own_folder = False
            self._propose_folder()
            self._say(said)
        else:
            self._say(tr("Nothing was written.") if running.state is JobState.CANCELLED else "")
        self._ask_plan()

    def _say(self, words: str) -> None:
        self.result.setText(words)
        self.result.setVisible(bool(words))
        self.total.setVisible(not words)
        self.open_button.setVisible(bool(words) and self._written is not None)

    def _open_folder(self) -> None:
        if self._written is not None:
            open_folder(self._written)
