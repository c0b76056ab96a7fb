"""Beside the gallery of clusters: ask for a new clustering, and see what explains this one."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QStackedWidget, QToolButton, QVBoxLayout

from ssl_studio.gui import theme
from ssl_studio.gui.pages.cluster_facts import Explanations
from ssl_studio.gui.pages.cluster_setup import NewClustering
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets import parts
from ssl_studio.jobs.associations import Associations

PANEL_PX = 320


class ClusterPanel(QFrame):
    """Two tabs, hidden at first.

    Signals: `closed()`; from the advice `explain_wanted()`, and `renewal_wanted()` where figures
    and warnings are older than the clusters.

    Attributes:
        advice: What the whole page should know: warnings, and which names were kept. It stands
            above gallery and panel.
    """

    closed = Signal()
    explain_wanted = Signal()
    renewal_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "side")
        self.setFixedWidth(PANEL_PX)
        self.setup = NewClustering()
        self.explanations = Explanations()
        self.stack = QStackedWidget()
        self.tabs = QButtonGroup(self)
        self.warning = parts.label("", "warning", wrap=True, selectable=True)
        self.names = parts.label("", "muted", wrap=True, selectable=True)
        self.more = parts.button(tr("What explains them"), role="link", on_click=self._on_explain)
        self.renew = parts.button(
            tr("Bring up to date"), role="link", on_click=self.renewal_wanted.emit
        )
        self._names_of: int | None = None
        self._dismissed: set[int] = set()
        self._build()
        self.hide()

    def _build(self) -> None:
        heads = []
        for number, (words, widget) in enumerate(
            ((tr("New clustering"), self.setup), (tr("Explained by"), self.explanations))
        ):
            tab = QToolButton(text=words, checkable=True, checked=number == 0)
            tab.setProperty("role", "tab")
            self.tabs.addButton(tab, number)
            heads.append(tab)
            holder = parts.plain(
                parts.column(widget), (theme.WIDE, theme.GAP, theme.WIDE, theme.WIDE)
            )
            self.stack.addWidget(parts.scrolled(holder))
        self.tabs.idClicked.connect(self.show_tab)
        close = parts.tool_button("close", tr("Close"), self.closed.emit)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.GAP, theme.GAP, 0, 0)
        layout.addLayout(parts.row(*heads, None, close))
        layout.addWidget(self.stack, 1)
        dismiss = parts.tool_button("close", tr("Do not show this again"), self._on_dismissed)
        warned, named = parts.row(self.warning, self.more), parts.row(self.names, dismiss)
        for row in (warned, named):
            row.setStretch(0, 1)
        old = tr("Images were moved since: warnings, scores and distances are those from before.")
        self._warning_row = parts.frame("advice", warned, theme.GAP)
        self._age_row = parts.plain(parts.row(parts.label(old, "muted"), self.renew, None))
        self._names_row = parts.plain(named)
        self.advice = parts.plain(
            parts.column(self._warning_row, self._age_row, self._names_row, gap_px=theme.HALF),
            (theme.WIDE, theme.GAP, theme.WIDE, 0),
        )
        for hidden in (self._warning_row, self._age_row, self._names_row):
            hidden.hide()
        self.show_age(is_old=False)
        self.show_associations(None)
        self.show_names(0, "")

    def show_tab(self, number: int) -> None:
        """Show one of the two."""
        self.stack.setCurrentIndex(number)
        self.tabs.button(number).setChecked(True)

    def show_associations(self, found: Associations | None) -> None:
        """What the clustering goes with; None while it is not known."""
        warnings = found.warnings if found is not None else ()
        self.warning.setText("\n".join(row.in_words() for row in warnings))
        self._warning_row.setVisible(bool(warnings))
        self.explanations.show_rows(None if found is None else found.rows)
        self._settle()

    def show_age(self, *, is_old: bool, may_renew: bool = True) -> None:
        """Say whether figures and warnings are of the clusters as they were before edits."""
        self._age_row.setVisible(is_old)
        self.renew.setVisible(may_renew)
        self._settle()

    def show_names(self, clustering_id: int, words: str) -> None:
        """Which names a clustering took over, until that is dismissed."""
        self._names_of = clustering_id
        self.names.setText(words)
        self._names_row.setVisible(bool(words) and clustering_id not in self._dismissed)
        self._settle()

    def forget(self) -> None:
        """Nothing is open."""
        self._dismissed.clear()
        self.setup.forget()
        self.show_age(is_old=False)
        self.show_associations(None)
        self.show_names(0, "")

    @property
    def is_old(self) -> bool:
        """Whether figures are said to be old."""
        return not self._age_row.isHidden()

    def _settle(self) -> None:
        rows = (self._warning_row, self._age_row, self._names_row)
        self.advice.setVisible(any(not row.isHidden() for row in rows))

    def _on_explain(self) -> None:
        self.show_tab(1)
        self.explain_wanted.emit()

    def _on_dismissed(self) -> None:
        if self._names_of is not None:
            self._dismissed.add(self._names_of)
        self._names_row.hide()
        self._settle()
