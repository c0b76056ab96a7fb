"""The choice of a method: all of them by family, and what is to be known of the chosen one."""

from html import escape

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QFrame, QTreeWidget, QTreeWidgetItem, QWidget

from ssl_studio.gui import text, theme
from ssl_studio.gui.text import tr
from ssl_studio.gui.widgets import parts
from ssl_studio.jobs.catalogue import MethodCard

FAVOURITE = "simclr"
FAMILY_ORDER = ("contrastive", "clustering", "distillation", "masked", "pretext")
ARXIV = "https://arxiv.org/abs/"


def family_title(family: str) -> str:
    """A family of methods in plain words."""
    return {
        "contrastive": tr("Telling images apart"),
        "clustering": tr("Grouping while learning"),
        "masked": tr("Filling in what is hidden"),
        "pretext": tr("Solving puzzles"),
        "distillation": tr("Learning from itself"),
    }.get(family, text.words(family))


def family_help(family: str) -> str:
    """What the methods of a family have in common."""
    return {
        "contrastive": tr("Two views of one image are to be told from all other images."),
        "clustering": tr("Images are grouped again and again, and the groups are learned."),
        "masked": tr("Parts of each image are hidden and have to be filled in."),
        "pretext": tr("A puzzle is made of each image; solving it takes knowing what things are."),
        "distillation": tr("A network learns to say what a slow copy of itself says."),
    }.get(family, "")


def by_family(methods: tuple[MethodCard, ...]) -> list[tuple[str, list[MethodCard]]]:
    """Methods in their families, in the order of the list."""
    families = {card.family for card in methods}
    known = [family for family in FAMILY_ORDER if family in families]
    order = known + sorted(families - set(known))
    return [(family, [c for c in methods if c.family == family]) for family in order]


def needs_words(card: MethodCard) -> str:
    """What a method asks of images and network."""
    needs = card.needs
    said = [
        tr("at least {n} images").format(n=text.count(int(needs.get("min_images", 0)))),
        tr("{n} px or more").format(n=needs.get("min_side", 16)),
    ]
    families = tuple(needs.get("backbones", ()))
    if families == ("vit",):
        said.append(tr("a vision transformer"))
    elif families == ("conv",):
        said.append(tr("a convolutional network"))
    if int(needs.get("frames", 1)) > 1:
        said.append(tr("images that are frames of a film, in order"))
    if needs.get("colour"):
        said.append(tr("images in colour"))
    if needs.get("start_from"):
        said.append(tr("the encoder of another run"))
    return tr("Needs {what}.").format(what=", ".join(said))


def lacks(card: MethodCard, images: int) -> str:
    """Why a method cannot be trained on so many images; empty where it can."""
    least = int(card.needs.get("min_images", 0))
    if images >= least:
        return ""
    return tr("It needs at least {least} images; here are {n}.").format(
        least=text.count(least), n=text.count(images)
    )


class MethodList(QTreeWidget):
    """All methods below the headings of their families. `chosen(MethodCard)` on every choice."""

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Methods"))
        self.setHeaderHidden(True)
        self.setRootIsDecorated(False)
        self.setIndentation(0)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setItemsExpandable(False)
        self.currentItemChanged.connect(self._on_current)

    def set_methods(self, methods: tuple[MethodCard, ...]) -> None:
        """Offer these, with the favourite chosen."""
        first = None
        for family, cards in by_family(methods):
            self._add_heading(family)
            for card in cards:
                item = QTreeWidgetItem(self, [card.title])
                item.setData(0, Qt.ItemDataRole.UserRole, card)
                item.setToolTip(0, card.explanation)
                if card.id == FAVOURITE or first is None:
                    first = item
        if first is not None:
            self.setCurrentItem(first)

    def choose(self, method: str) -> bool:
        """Choose a method by its id; False where it is not offered."""
        for position in range(self.topLevelItemCount()):
            item = self.topLevelItem(position)
            card = item.data(0, Qt.ItemDataRole.UserRole) if item is not None else None
            if item is not None and isinstance(card, MethodCard) and card.id == method:
                self.setCurrentItem(item)
                return True
        return False

    def _add_heading(self, family: str) -> None:
        heading = QTreeWidgetItem(self, [family_title(family)])
        heading.setToolTip(0, family_help(family))
        heading.setFlags(Qt.ItemFlag.NoItemFlags)
        font = QFont(self.font())
        font.setPointSizeF(self.font().pointSizeF() - 1)
        heading.setFont(0, font)

    def _on_current(self, item: QTreeWidgetItem | None, _before: object) -> None:
        card = item.data(0, Qt.ItemDataRole.UserRole) if item is not None else None
        if isinstance(card, MethodCard):
            self.chosen.emit(card)


class MethodAbout(QWidget):
    """What a method does, what it is good for, what it needs, and where it comes from."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = parts.label("", "title")
        self.family = parts.chip()
        self.explanation = parts.label("", "", wrap=True)
        self.good_for = parts.label("", "muted", wrap=True)
        self.needs = parts.label("", "small", wrap=True)
        self.lacks = parts.label("", "warning", wrap=True)
        self.paper = parts.label("", "small", wrap=True)
        self.paper.setTextFormat(Qt.TextFormat.RichText)
        self.paper.setOpenExternalLinks(True)
        self.paper.setTextInteractionFlags(Qt.TextInteractionFlag.TextBrowserInteraction)
        self._card: MethodCard | None = None
        self._images = 0
        column = parts.column(
            parts.row(self.title, self.family, None),
            self.explanation,
            self.good_for,
            self.needs,
            self.lacks,
            self.paper,
        )
        self.setLayout(column)
        theme.signals().theme_changed.connect(self._show_paper)

    def show_method(self, card: MethodCard, images: int) -> None:
        """Say what is to be known of a method, for a folder of so many images."""
        self._card, self._images = card, images
        self.title.setText(card.title)
        self.family.setText(family_title(card.family))
        self.explanation.setText(card.explanation)
        self.good_for.setText(tr("Good for: {what}").format(what=card.good_for))
        self.good_for.setVisible(bool(card.good_for))
        self.needs.setText(needs_words(card))
        lacking = lacks(card, images) if images else ""
        self.lacks.setText(lacking)
        self.lacks.setVisible(bool(lacking))
        self._show_paper()

    def _show_paper(self) -> None:
        card = self._card
        if card is None:
            return
        colour = theme.css("accent")
        link = f'<a href="{ARXIV}{card.arxiv}" style="color:{colour}">arXiv:{card.arxiv}</a>'
        self.paper.setText(f"{escape(card.paper)}. {link}")
        self.paper.setToolTip(ARXIV + card.arxiv)
