"""What stands around the map: the tools above it and the legend beside it."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QToolButton, QVBoxLayout, QWidget

from ssl_studio.gui import theme
from ssl_studio.gui.pages.map_colours import GroupEntry, Scale
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets import parts
from ssl_studio.gui.widgets.legend import Legend, ScaleBar
from ssl_studio.gui.widgets.map_choice import Tool
from ssl_studio.gui.widgets.scatter_plot import PICTURES, ZOOM, ScatterPlot


class ToolBar(QWidget):
    """Moving, box and lasso; zoom; pictures on or off. `pictures_toggled(bool)`."""

    pictures_toggled = Signal(bool)

    def __init__(self, plot: ScatterPlot, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._plot = plot
        self.buttons: dict[Tool, QToolButton] = {}
        group = QButtonGroup(self)
        for tool, icon, tip in (
            (Tool.MOVE, "move", tr("Move the map (V)")),
            (Tool.BOX, "select-box", tr("Choose with a box (B)")),
            (Tool.LASSO, "lasso", tr("Choose with a lasso (L)")),
        ):
            made = parts.tool_button(icon, tip, partial(plot.set_tool, tool))
            made.setCheckable(True)
            group.addButton(made)
            self.buttons[tool] = made
        self.buttons[Tool.MOVE].setChecked(True)
        self.pictures_button = parts.tool_button("images", tr("Pictures when near (P)"))
        self.pictures_button.setCheckable(True)
        self.pictures_button.setChecked(True)
        self.pictures_button.toggled.connect(self.pictures_toggled)
        self.setLayout(
            parts.row(
                *self.buttons.values(),
                theme.GAP,
                parts.tool_button("larger", tr("Nearer (+)"), lambda: plot.zoom(ZOOM)),
                parts.tool_button("smaller", tr("Farther (-)"), lambda: plot.zoom(1 / ZOOM)),
                parts.tool_button("fit", tr("Show all (0)"), plot.show_all),
                theme.GAP,
                self.pictures_button,
                gap_px=0,
            )
        )
        plot.tool_changed.connect(lambda name: self.buttons[Tool(name)].setChecked(True))
        plot.asked.connect(self._on_asked)

    @property
    def shows_pictures(self) -> bool:
        """Whether there are pictures when near."""
        return self.pictures_button.isChecked()

    def _on_asked(self, what: str) -> None:
        if what == PICTURES:
            self.pictures_button.toggle()


class MapSide(QFrame):
    """What is coloured by what, and the legend or the scale."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "side")
        self.field_box = parts.Choice(tr("Colour by"))
        self.legend = Legend()
        self.scale = ScaleBar()
        self.note = parts.label("", "small", wrap=True)
        self.count_label = parts.label("", "muted", wrap=True)
        self.scale_range = (0.0, 1.0)
        self.scale.range_changed.connect(self._keep_range)
        hint = tr(
            "Wheel zooms. Shift adds to the choice, Alt takes away. Double-click an image for its"
            " neighbours."
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.WIDE, theme.WIDE, theme.WIDE, theme.WIDE)
        parts.fill(
            layout,
            self.count_label,
            theme.GAP,
            parts.label(tr("COLOUR BY"), "section"),
            self.field_box,
            self.scale,
            self.legend,
            self.note,
        )
        layout.setStretchFactor(self.legend, 1)
        layout.addStretch(0)
        layout.addWidget(parts.label(hint, "small", wrap=True))
        self.setFixedWidth(theme.SIDE_WIDTH_PX - 40)
        self.scale.hide()

    @property
    def field(self) -> str:
        """What is coloured by."""
        return str(self.field_box.currentData() or "")

    def choose_field(self, field: str) -> None:
        """Colour by this, if it is offered."""
        self.field_box.setCurrentIndex(max(0, self.field_box.findData(field)))

    def set_fields(self, fields: Sequence[tuple[str, str]]) -> None:
        """Offer these (id and words); what was chosen stays, if it can."""
        before = self.field
        self.field_box.clear()
        for field, words in fields:
            self.field_box.addItem(words, field)
        self.field_box.setEnabled(bool(fields))
        self.choose_field(before)

    def show_groups(
        self, entries: Sequence[GroupEntry], colours: Sequence[str], *, with_keys: bool
    ) -> None:
        """A line for each group; `with_keys` where digits move images to the first nine."""
        self.scale.hide()
        self.legend.show()
        rows = [(e.name, css, e.count) for e, css in zip(entries, colours, strict=True)]
        self.legend.set_groups(rows, with_keys=with_keys)
        different = len(theme.categories())
        words = []
        if with_keys:
            words.append(tr("The keys 1 to 9 move the chosen images to a cluster."))
        if sum(not e.css and not e.is_rest for e in entries) > different:
            words.append(
                tr("Colours repeat after {n}: point at a line to find its images.").format(
                    n=different
                )
            )
        self.note.setText(" ".join(words))
        self.note.setVisible(bool(words))

    def show_scale(self, scale: Scale, colours: Sequence[str], about: str = "") -> None:
        """The colours of numbers, and what they mean."""
        self.legend.hide()
        self.scale.show()
        self.scale.set_scale(colours, scale.low, scale.middle, scale.high)
        words = f"{about} " if about else ""
        words += tr("The end colours hold the outermost hundredths.")
        if scale.missing:
            words += " " + tr("Grey: {n} images without a number.").format(n=scale.missing)
        self.note.setText(words)
        self.note.show()

    def _keep_range(self, low: float, high: float) -> None:
        self.scale_range = (low, high)
