"""The side of an opened cluster: its note, labels, what it goes with, neighbours, units."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QPlainTextEdit, QVBoxLayout, QWidget

from ssl_studio.gui import text, theme
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets import parts
from ssl_studio.gui.widgets.cluster_cards import ClusterCard
from ssl_studio.gui.widgets.colour_picker import dot_icon, shown_colour
from ssl_studio.gui.widgets.share_bars import ShareBars
from ssl_studio.jobs.associations import AssociationRow, TraitRow, UnitRow

SHOWN_LABELS = 6
SHOWN_TRAITS = 8
SHOWN_UNITS = 6


def attribute_words(attribute: str) -> str:
    """An attribute as a title."""
    return {
        "label": tr("Label"),
        "folder": tr("Folder"),
        "camera": tr("Camera"),
        "date": tr("Date"),
        "time of day": tr("Time of day"),
        "size": tr("Size"),
        "shape": tr("Shape"),
        "format": tr("File format"),
    }.get(attribute, attribute)


def trait_words(trait: TraitRow) -> str:
    """How much more frequent a value is here."""
    times = trait.share / max(trait.overall, 1e-9)
    return tr("{here} here, {overall} of all · {times} ×").format(
        here=share_words(trait.share), overall=share_words(trait.overall),
        times=text.figure(round(times, 1)),
    )  # fmt: skip


def share_words(share: float) -> str:
    """A share as per cent, small ones with a digit more."""
    return f"{100 * share:.1f} %" if share < 0.095 else f"{100 * share:.0f} %"


def association_words(row: AssociationRow) -> str:
    """How far clusters and an attribute tell each other, in a line."""
    return tr("{n} values · NMI {nmi}, by chance {chance} · p\u00a0≤\u00a0{p}").format(
        n=row.values, nmi=f"{row.nmi:.2f}", chance=f"{row.chance:.2f}", p=f"{row.p:.2f}"
    )


class NoteEdit(QPlainTextEdit):
    """A note that is stored when one leaves it or presses Ctrl+Enter: `written(words)`."""

    written = Signal(str)

    def __init__(self) -> None:
        super().__init__(placeholderText=tr("What is this cluster? Ctrl+Enter stores the note."))
        self.setAccessibleName(tr("Note"))
        self.setTabChangesFocus(True)
        self.setMaximumHeight(76)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Leaving stores."""
        super().focusOutEvent(event)
        self.written.emit(self.toPlainText().strip())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ctrl+Enter stores."""
        is_enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if is_enter and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.written.emit(self.toPlainText().strip())
        else:
            super().keyPressEvent(event)


class ClusterSide(QWidget):
    """Signals: `note_written(words)`, `cluster_wanted(id)`, `trait_wanted(TraitRow)`."""

    note_written = Signal(str)
    cluster_wanted = Signal(int)
    trait_wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.note = NoteEdit()
        self.note.written.connect(self.note_written)
        self.shares = ShareBars(SHOWN_LABELS)
        self.labels = _section(tr("LABELS IN THIS CLUSTER"), self.shares)
        self.traits, self._trait_rows = _listing(tr("GOES WITH"))
        self.near, self._near_rows = _listing(tr("NEAREST CLUSTERS"))
        self.units, self._unit_rows = _listing(tr("UNITS THAT ANSWER TO IT"))
        inner = parts.plain(
            parts.column(
                parts.label(tr("NOTE"), "section"), self.note, theme.GAP, self.labels,
                self.near, self.traits, self.units, None,
            ),
            (theme.WIDE, theme.WIDE, theme.WIDE, theme.WIDE),
        )  # fmt: skip
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(parts.scrolled(inner))

    def show_card(self, card: ClusterCard) -> None:
        """Note and labels; the rest is on its way."""
        if not self.note.hasFocus():
            self.note.setPlainText(card.note)
        labelled = sum(number for _label, number in card.mix)
        self.labels.setVisible(bool(card.mix))
        self.shares.show_shares([(label, number, number / labelled) for label, number in card.mix])

    def show_traits(self, traits: Sequence[TraitRow]) -> None:
        """What is more frequent here than elsewhere."""
        parts.clear(self._trait_rows)
        for trait in traits[:SHOWN_TRAITS]:
            title = f"{attribute_words(trait.attribute)}: {trait.value}"
            link = parts.button(title, role="link", on_click=partial(self.trait_wanted.emit, trait))
            link.setToolTip(tr("Choose the {n} images that have it").format(n=trait.inside))
            self._trait_rows.addWidget(link)
            self._trait_rows.addWidget(parts.label(trait_words(trait), "small", wrap=True))
        if not traits:
            self._say(self._trait_rows, tr("Nothing that chance and few images would not explain."))

    def show_nearest(self, near: Sequence[tuple[ClusterCard, float]]) -> None:
        """The clusters whose centres are nearest."""
        parts.clear(self._near_rows)
        for card, gap in near:
            words = f"{card.name}  ·  {text.counted(card.size, tr('image'), tr('images'))}"
            link = parts.button(
                words, role="link", on_click=partial(self.cluster_wanted.emit, card.id)
            )
            link.setIcon(dot_icon(shown_colour(card.colour)))
            link.setToolTip(
                tr("Distance of the centres {gap}, where 0 is the same and 1.41 unrelated").format(
                    gap=f"{gap:.2f}"
                )
            )
            self._near_rows.addWidget(link)
        if not near:
            self._say(self._near_rows, tr("There is no other cluster."))

    def show_units(self, units: Sequence[UnitRow]) -> None:
        """The units whose strongest images are here."""
        parts.clear(self._unit_rows)
        self.units.setVisible(bool(units))
        for unit in units[:SHOWN_UNITS]:
            words = tr("{layer}, unit {unit}: {inside} of its {of} strongest images").format(
                layer=unit.layer, unit=unit.unit, inside=unit.inside, of=unit.of
            )
            row = parts.label(words, "small", wrap=True)
            row.setToolTip(tr("By chance {n}").format(n=text.figure(unit.expected)))
            self._unit_rows.addWidget(row)

    def show_waiting(self) -> None:
        """The slow answers are on their way."""
        for rows in (self._trait_rows, self._near_rows):
            parts.clear(rows)
            self._say(rows, tr("Looking …"))
        self.units.hide()

    @staticmethod
    def _say(rows: QVBoxLayout, words: str) -> None:
        rows.addWidget(parts.label(words, "small", wrap=True))


class Explanations(QWidget):
    """What the whole clustering goes with. `again_wanted()` asks to look anew."""

    again_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows = parts.column(gap_px=theme.HALF)
        self.again_button = parts.button(
            tr("Look again"), "refresh", on_click=self.again_wanted.emit
        )
        self.again_button.setToolTip(tr("After merging or moving, the figures may be others"))
        about = tr(
            "How much of what clusters tell and what a circumstance tells is the same, beyond "
            "chance: 0\u00a0% is chance, 100\u00a0% means that one follows from the other. From "
            "30\u00a0% on, a circumstance of taking or storing pictures is warned of. A tie to "
            "the camera does not prove that the network looks at the camera: cameras may see "
            "different things."
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.GAP)
        layout.addLayout(self._rows)
        layout.addWidget(parts.label(about, "small", wrap=True))
        layout.addWidget(self.again_button)
        layout.addStretch(1)

    def show_rows(self, rows: Sequence[AssociationRow] | None) -> None:
        """The strongest first; None while nobody has looked."""
        parts.clear(self._rows)
        if not rows:
            words = tr("Nobody has looked yet.") if rows is None else tr(
                "Nothing is known about enough images that differs between them."
            )  # fmt: skip
            self._rows.addWidget(parts.label(words, "muted", wrap=True))
            return
        for row in rows:
            bar = ShareBars()
            bar.show_shares([(attribute_words(row.attribute), None, row.strength)])
            self._rows.addWidget(bar)
            role = "warning" if row.is_warning else "small"
            self._rows.addWidget(parts.label(association_words(row), role, wrap=True))
            self._rows.addSpacing(theme.GAP)


def _section(title: str, *widgets: QWidget) -> QWidget:
    return parts.plain(parts.column(parts.label(title, "section"), *widgets, theme.GAP))


def _listing(title: str) -> tuple[QWidget, QVBoxLayout]:
    rows = parts.column(gap_px=theme.HALF)
    return parts.plain(parts.column(parts.label(title, "section"), rows, theme.GAP)), rows
