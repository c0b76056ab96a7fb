"""Numbers in words: counts, durations, sizes. Pure functions without widgets."""

import math
from datetime import UTC, datetime

from PySide6.QtCore import QCoreApplication, QLocale


def tr(text: str) -> str:
    """The text in the user's language."""
    return QCoreApplication.translate("SSLStudio", text)


def count(number: int) -> str:
    """A whole number with separators: 60,000."""
    return QLocale(QLocale.Language.English).toString(int(number))


def counted(number: int, one: str, many: str) -> str:
    """A number with its noun: 1 image, 2 images. Both nouns come translated."""
    return f"{count(number)} {one if number == 1 else many}"


def duration(seconds: float) -> str:
    """A duration as people say it: 45 s, 12 min, 3 h 20 min."""
    if not math.isfinite(seconds) or seconds < 0:
        return "–"
    if seconds < 1:
        return tr("under 1 s")
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{hours / 24:.1f} d"


def size(number: int) -> str:
    """Bytes as people say them: 512 B, 3.4 MB."""
    amount = float(number)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 1000:
            return (
                f"{amount:.0f} {unit}" if unit == "B" or amount >= 100 else f"{amount:.1f} {unit}"
            )
        amount /= 1000
    return f"{amount:.1f} TB"


def figure(value: float) -> str:
    """A measured number with as many digits as say something."""
    if math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    magnitude = abs(value)
    if magnitude >= 1e12:
        return f"{value:.1e}"
    if magnitude >= 10_000:
        return count(round(value))
    if magnitude >= 100 or (value == int(value) and magnitude >= 10):
        return f"{value:.0f}"
    if magnitude >= 10:
        return f"{value:.1f}"
    if magnitude >= 0.01 or value == 0:
        return f"{value:.3f}".rstrip("0").rstrip(".") if value else "0"
    return f"{value:.1e}"


def percent(part: float, decimals: int = 1) -> str:
    """A share in [0, 1] as per cent."""
    return "–" if math.isnan(part) else f"{100 * part:.{decimals}f} %"


def ago(iso: str | None, now: datetime | None = None) -> str:
    """How long ago an ISO time was: just now, 12 min ago, 3 Mar 2026."""
    if not iso:
        return "–"
    then = datetime.fromisoformat(iso.replace("Z", "+00:00"))
    if then.tzinfo is None:
        then = then.replace(tzinfo=UTC)
    seconds = ((now or datetime.now(UTC)) - then).total_seconds()
    if seconds < 60:
        return tr("just now")
    if seconds < 24 * 3600:
        return tr("{time} ago").format(time=duration(seconds))
    return f"{then.astimezone():%d %b %Y}"


def layer(name: str) -> str:
    """A layer of a backbone; those of transformers whose names say little are spelt out."""
    return {"mean": tr("mean of patches"), "cls": tr("class token")}.get(name, name)


def words(identifier: str) -> str:
    """An identifier as a title: learning_rate becomes Learning rate."""
    text = identifier.replace("_", " ").replace("/", " / ").strip()
    return text[:1].upper() + text[1:]
