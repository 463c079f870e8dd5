"""Amounts as the API writes them: decimal texts with up to six digits behind the point. They are counted in micros, as
whole numbers; no amount is ever a floating point number."""

from __future__ import annotations

import re

_FORM = re.compile(r"(-?)([0-9]{1,13})(?:\.([0-9]{1,6}))?", re.ASCII)


def micros(text: str) -> int | None:
    """The micros of a decimal text, or `None` where it is none."""
    found = _FORM.fullmatch(text)
    if found is None:
        return None
    sign, whole, fraction = found.groups(default="")
    value = int(whole + fraction.ljust(6, "0"))
    return -value if sign else value


def decimal(value: int) -> str:
    """Micros as the API writes them, with at least two digits behind the point."""
    digits = str(abs(value)).rjust(7, "0")
    fraction = digits[-6:-4] + digits[-4:].rstrip("0")
    return f"{'-' if value < 0 else ''}{digits[:-6]}.{fraction}"


def left(limit: str | None, used: str | None) -> str | None:
    """What is left of a limit, never less than nothing; `None` where the limit is no amount."""
    whole, part = micros(limit or ""), micros(used or "0")
    if whole is None or part is None:
        return None
    return decimal(max(whole - part, 0))
