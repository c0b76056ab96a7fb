"""Where each head of a transformer looks in an image."""

from typing import cast

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from ssl_studio.gui import text, theme
from ssl_studio.gui.pages.filter_reads import ImageAttention
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets import parts
from ssl_studio.gui.widgets.empty_state import EmptyState
from ssl_studio.gui.widgets.heat import heat_image, spread_out
from ssl_studio.gui.widgets.unit_tiles import LINE_PX, Part, Tile, TileGrid
from ssl_studio.project.units import AttentionMaps, AttentionSource

HEAD_PX, LARGE_HEAD_PX, ZOOM_PX = 176, 320, (96, 400)
ALL_BLOCKS = 0
SIDE_PX = 264


class AttentionView(QWidget):
    """The image and its rollout at the left, the heads of a block at the right.

    Signals: `follow_wanted()` for the attention on the chosen image; `image_wanted(id)` for one
    whose attention is known.
    """

    follow_wanted = Signal()
    image_wanted = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.found = ImageAttention(None, None, "", (), ())
        self._margin = 1.0
        self.block_box = parts.Choice(tr("Block"))
        self.source_box = parts.Choice(tr("Whose attention"))
        self.image_box = parts.Choice(tr("Images whose attention is known"))
        self.opacity = parts.slider(tr("How much the heat covers"))
        self.follow_button = parts.button(
            tr("Follow it on the chosen image"), "play", on_click=self.follow_wanted.emit
        )
        self.name = parts.label("", "heading", wrap=True)
        self.whole = TileGrid(tr("The image, and attention followed to it"), SIDE_PX - 48, lines=1)
        self.heads = TileGrid(tr("Heads"), HEAD_PX, lines=2, zoom_px=ZOOM_PX)
        self.about = parts.label("", "small", wrap=True)
        self.nothing = EmptyState()
        self._fitted = (0, 0)
        self._build()
        self._connect()

    def _build(self) -> None:
        for source, words in _sources().items():
            self.source_box.addItem(words, source)
        self.opacity.setRange(0, 100)
        self.opacity.setValue(55)
        self.opacity.setFixedWidth(140)
        self.bar = parts.frame(
            "bar",
            parts.row(
                self.block_box, self.source_box, theme.HALF,
                parts.label(tr("Heat"), "muted"), self.opacity, None,
                self.image_box, self.follow_button,
            ),
            theme.GAP,
        )  # fmt: skip
        self.whole.stand_still()
        self.whole.setFixedHeight(2 * (SIDE_PX - 40 + LINE_PX + 4) + 3 * theme.GAP)
        margins = (theme.WIDE, theme.WIDE, theme.HALF, theme.WIDE)
        column = parts.plain(parts.column(self.name, self.about, self.whole, None), margins)
        self.side = parts.frame("list", parts.column(parts.scrolled(column)), 0)
        self.side.setFixedWidth(SIDE_PX)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.bar)
        self.places = QStackedWidget()
        self.places.addWidget(parts.plain(parts.row(self.side, self.heads, gap_px=0)))
        self.places.addWidget(self.nothing)
        layout.addWidget(self.places, 1)

    def _connect(self) -> None:
        self.block_box.activated.connect(lambda _index: self._show_heads())
        self.source_box.activated.connect(lambda _index: self._show_heads())
        self.image_box.activated.connect(
            lambda _index: self.image_wanted.emit(self.image_box.currentData())
        )
        self.opacity.valueChanged.connect(lambda _value: self._show_opacity())
        self._show_opacity()

    @property
    def block(self) -> int:
        """The block that is shown, counted from 1, or all of them."""
        return int(self.block_box.currentData() or 0)

    @property
    def source(self) -> AttentionSource:
        """Whose attention is shown."""
        return cast(AttentionSource, self.source_box.currentData())

    def show_refusal(self) -> None:
        """Say that a network of convolutions has no attention."""
        self._show_parts(None)
        self.nothing.tell(
            "filters",
            tr("This network has no attention"),
            tr(
                "It is made of convolutions. Look at its units, or train a run with a vision "
                "transformer (ViT)."
            ),
            (),
        )

    def show_attention(self, found: ImageAttention, margin: float) -> None:
        """Show attention on an image, or offer to follow it."""
        self.found, self._margin = found, margin
        self.image_box.clear()
        for image_id in found.attended:
            self.image_box.addItem(tr("image {n}").format(n=image_id), image_id)
        self.image_box.setCurrentIndex(self.image_box.findData(found.image_id))
        if not found.maps:
            self._show_parts(found)
            self.nothing.tell(
                "filters",
                tr("Where does it look?"),
                tr(
                    "Follow the attention of every head on “{name}”. Choose another image on any "
                    "page to follow it there."
                ).format(name=found.name),
                ((tr("Follow attention"), self.follow_wanted.emit),),
            )
            return
        self._show_parts(found)
        self._fill_blocks()
        self._show_heads()

    def _show_parts(self, found: ImageAttention | None) -> None:
        has_maps = found is not None and bool(found.maps)
        self.bar.setVisible(has_maps)
        self.image_box.setVisible(found is not None and len(found.attended) > 1)
        self.places.setCurrentIndex(0 if has_maps else 1)

    def _fill_blocks(self) -> None:
        before, had = self.block, self.block_box.count() > 0
        blocks = sorted({maps.block for maps in self.found.maps}, reverse=True)
        self.block_box.clear()
        for block in blocks:
            words = tr("block {n}").format(n=block)
            if block == blocks[0]:
                words = tr("{block}, the last").format(block=words)
            self.block_box.addItem(words, block)
        self.block_box.addItem(tr("all blocks"), ALL_BLOCKS)
        self.block_box.setCurrentIndex(max(0, self.block_box.findData(before) if had else 0))

    def _maps(self, source: AttentionSource) -> list[AttentionMaps]:
        """The maps to show, those of the last block first."""
        block = self.block
        own = [m for m in self.found.maps if m.source == source]
        return [m for m in reversed(own) if block in (ALL_BLOCKS, m.block)]

    def _show_heads(self) -> None:
        maps = self._maps(self.source) or self._maps("patches")
        self.name.setText(self.found.name)
        whole = [Tile(0, (Part(self.found.picture),), tr("the image"))]
        for rollout in self._maps("rollout")[:1]:
            words = tr("followed through {n} blocks").format(n=rollout.block)
            whole.append(Tile(1, (self._part(rollout.weights[0]),), words))
        self.whole.set_tiles(whole)
        tiles = [
            self._head(len(one.weights) * one.block + head, head, one)
            for one in maps
            for head in range(len(one.weights))
        ]
        self.heads.set_tiles(tiles)
        self._fit_heads()
        self.about.setText(
            tr(
                "Dark is the patch that a head looks at least, light the one it looks at most. "
                "Below: the share of the latter, and over how many patches attention spreads."
            )
        )

    def _fit_heads(self) -> None:
        """A few heads share the width; many keep their size."""
        count = max(1, len(self.heads.tiles.tiles))
        each = (self.heads.width() - 2 * theme.WIDE) // count - theme.GAP
        if self._fitted != (count, each):
            self._fitted = (count, each)
            self.heads.set_tile_width(max(HEAD_PX, min(LARGE_HEAD_PX, each)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """More room makes larger heads."""
        super().resizeEvent(event)
        self._fit_heads()

    def _part(self, weights: np.ndarray) -> Part:
        heat = heat_image(spread_out(weights))
        return Part(self.found.picture, heat=heat, margin=self._margin)

    def _head(self, key: int, head: int, maps: AttentionMaps) -> Tile:
        weights = maps.weights[head].astype(np.float64)
        detail = tr("{share} · {n} patches").format(
            share=text.percent(float(weights.max())), n=f"{spread_of(weights):.0f}"
        )
        title = tr("block {block} · head {head}") if self.block == ALL_BLOCKS else tr("head {head}")
        words = title.format(block=maps.block, head=head + 1)
        return Tile(key, (self._part(maps.weights[head]),), words, detail)

    def _show_opacity(self) -> None:
        self.heads.set_opacity(self.opacity.value() / 100)
        self.whole.set_opacity(self.opacity.value() / 100)


def spread_of(weights: np.ndarray) -> float:
    """Over how many patches attention spreads: the exponential of its entropy."""
    shares = weights[weights > 0] / weights.sum()
    return float(np.exp(-(shares * np.log(shares)).sum()))


def _sources() -> dict[AttentionSource, str]:
    return {
        "class": tr("from the class token"),
        "patches": tr("from all patches, on average"),
    }
