"""What is new, read from the change log that is installed with the program. No widgets."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ssl_studio.gui import assets
from ssl_studio.gui.text import tr


@dataclass(frozen=True, slots=True)
class Release:
    """One version with its changes, grouped as the log groups them."""

    title: str
    groups: tuple[tuple[str, tuple[str, ...]], ...]

    def highlights(self, most: int) -> list[str]:
        """The first lines, whatever their group."""
        return [line for _group, lines in self.groups for line in lines][:most]


def releases() -> list[Release]:
    """All versions, the newest first; none where the log is not installed."""
    return parse(assets.changelog_text())


def parse(log: str) -> list[Release]:
    """The versions of a log in the form of Keep a Changelog that say something."""
    found = []
    for block in re.split(r"^## ", log, flags=re.MULTILINE)[1:]:
        title, _, body = block.partition("\n")
        groups = tuple(_groups(body))
        if groups:
            found.append(Release(_title(title), groups))
    return found


def _title(heading: str) -> str:
    version, _, date = heading.replace("[", "").replace("]", "").partition(" - ")
    if version.strip().lower() == "unreleased":
        return tr("In this version")
    words = tr("Version {version}").format(version=version.strip())
    return f"{words} · {date.strip()}" if date else words


def _groups(body: str) -> Iterable[tuple[str, tuple[str, ...]]]:
    for block in re.split(r"^### ", body, flags=re.MULTILINE)[1:]:
        name, _, rest = block.partition("\n")
        bullets = re.split(r"^[-*] ", rest, flags=re.MULTILINE)[1:]
        yield name.strip(), tuple(_plain(bullet) for bullet in bullets)


def _plain(markdown: str) -> str:
    """A bullet in one line, without marks for code, stress and links."""
    line = " ".join(markdown.split())
    line = re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", line)
    return re.sub(r"[`*]{1,2}([^`*]+)[`*]{1,2}", r"\1", line)
