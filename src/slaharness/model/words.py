"""Numbers as readers see them, and words that several messages share. Pure."""

from math import floor, isfinite, log10

#: Shares from here on are told as so many times.
TIMES = 2.0
#: Shares below this one are told as less than it.
LEAST = 0.0001


def number(value: float, digits: int = 3) -> str:
    """``value`` to ``digits`` that count, the whole part in full: 0.0567, 45.7, 15,873; never an exponent."""
    if not value or not isfinite(value):
        return f"{value:g}"
    places = max(0, digits - 1 - floor(log10(abs(value))))
    text = f"{value:,.{places}f}"
    return text.rstrip("0").rstrip(".") if places else text


def share_of(share: float, whole: str) -> str:
    """``share`` of ``whole`` as people say it: "0.57 % of the budget", "159 times the budget"."""
    if share >= TIMES:
        return f"{number(share)} times {whole}"
    if 0 < share < LEAST:
        return f"less than {number(100 * LEAST)} % of {whole}"
    return f"{number(100 * share)} % of {whole}"


def counted(count: float, one: str, many: str = "") -> str:
    """``count`` and the word for one of them, or for ``many`` where an s is not enough: "2,410 runs"."""
    return f"{number(count)} {one if count == 1 else many or f'{one}s'}"


def unfilled(text: bytes) -> str:
    """What is said besides of a text that cannot be read, and holds what Helm or Jinja would fill in."""
    filled = b"{{" in text
    return "; what stands in {{ }} is for another tool to fill in before: `helm template`" if filled else ""
