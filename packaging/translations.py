"""Collect every word that users see for translators, and turn what they wrote into Qt's files.

    python3 packaging/translations.py update de     make or renew resources/translations/*_de.ts
    python3 packaging/translations.py release       compile all .ts to .qm (needs pyside6-lrelease)

The window's words go through `tr("…")` of ssl_studio/gui/text.py, all in one context; Qt's own
lupdate would file Python's calls under the class around them, so this looks for them itself. The
.ts files are Qt's: open them in Linguist. Standard library only.
"""

import argparse
import ast
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
GUI = CHECKOUT / "ssl_studio" / "gui"
FOLDER = CHECKOUT / "resources" / "translations"
CONTEXT = "SSLStudio"

Words = dict[str, list[tuple[str, int]]]


def words_of(source: str, name: str) -> Words:
    """The literals of all `tr` calls of one file, with the lines where they stand."""
    found: Words = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "tr" and node.args:
            text = node.args[0]
            if isinstance(text, ast.Constant) and isinstance(text.value, str):
                found.setdefault(text.value, []).append((name, node.lineno))
    return found


def collect() -> Words:
    """All words of the window in the order of files and lines."""
    found: Words = {}
    for path in sorted(GUI.rglob("*.py")):
        name = path.relative_to(CHECKOUT).as_posix()
        for text, places in words_of(path.read_text(encoding="utf-8"), name).items():
            found.setdefault(text, []).extend(places)
    return found


def translated(path: Path) -> dict[str, str]:
    """What a .ts file has translated so far."""
    if not path.exists():
        return {}
    done = {}
    for message in ET.parse(path).getroot().iter("message"):
        translation = message.find("translation")
        if translation is not None and translation.text:
            done[message.findtext("source") or ""] = translation.text
    return done


def write(path: Path, language: str, words: Words, done: dict[str, str]) -> int:
    """Write a .ts file; gives how many words are still without a translation."""
    root = ET.Element("TS", version="2.1", language=language, sourcelanguage="en")
    context = ET.SubElement(root, "context")
    ET.SubElement(context, "name").text = CONTEXT
    for text, places in words.items():
        message = ET.SubElement(context, "message")
        for name, line in places[:3]:
            ET.SubElement(message, "location", filename=f"../../{name}", line=str(line))
        ET.SubElement(message, "source").text = text
        translation = ET.SubElement(message, "translation")
        if text in done:
            translation.text = done[text]
        else:
            translation.set("type", "unfinished")
    ET.indent(root, "    ")
    path.parent.mkdir(parents=True, exist_ok=True)
    body = ET.tostring(root, encoding="unicode")
    path.write_text(f'<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE TS>\n{body}\n', "utf-8")
    return sum(text not in done for text in words)


def update(language: str, folder: Path = FOLDER) -> None:
    """Renew the file of one language; translations of words that are gone are dropped."""
    path = folder / f"ssl-studio_{language}.ts"
    words = collect()
    missing = write(path, language, words, translated(path))
    print(f"{path.name}: {len(words)} words, {missing} without a translation")


def release(folder: Path = FOLDER) -> int:
    """Compile all languages; the window takes the one of the desktop at its next start."""
    files = sorted(folder.glob("*.ts"))
    if not files:
        print("There is no translation yet: see `update`.", file=sys.stderr)
        return 1
    tool = shutil.which("pyside6-lrelease", path=str(Path(sys.executable).parent))
    if tool is None:
        print("pyside6-lrelease is missing: run this with the Python of .venv.", file=sys.stderr)
        return 1
    return subprocess.call([tool, *map(str, files)])


def main() -> int:
    """Do what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("what", choices=["update", "release"])
    parser.add_argument("language", nargs="?", default="de", help="as in de or pt_BR")
    asked = parser.parse_args()
    if asked.what == "release":
        return release()
    update(asked.language)
    return 0


if __name__ == "__main__":
    sys.exit(main())
