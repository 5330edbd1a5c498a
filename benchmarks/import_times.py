"""What ``python -X importtime`` says: how long a process spent in the modules of each package."""

from __future__ import annotations

import re
import sys
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

LINE = re.compile(r"import time: +(?P<own>\d+) \| +\d+ \| +(?P<module>\S+)")
STANDARD = "the standard library"


def by_package(lines: Iterable[str]) -> Counter[str]:
    """Add up the microseconds of modules, each without those that it imports, by package.

    The packages come in the order in which a module of theirs was first loaded; lines that say
    something else are passed over.
    """
    found: Counter[str] = Counter()
    for line in lines:
        if match := LINE.match(line):
            package = match["module"].partition(".")[0]
            if package in sys.stdlib_module_names or package.startswith("_"):
                package = STANDARD
            found[package] += int(match["own"])
    return found
