"""How far light comes in a round trip, and how far foreign land is from each prefecture. Pure.

A signal that was sent and answered within a time has gone there and back: half the time, at most
at the speed of light, bounds how far away the machine is that answered. Nothing bounds it from
below: a long time is made of queues and detours as well as of distance.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING

from multistore.residency.prefectures import JAPANESE, ROMAN

if TYPE_CHECKING:
    from collections.abc import Mapping

VACUUM_KM_PER_MS = 150.0
"""Kilometres per millisecond of a round trip: half of 299.8, rounded up. Nothing is faster."""
FIBRE_KM_PER_MS = 102.0
"""The same in glass, at 68 % of that: what is likely, but radio links and hollow fibre pass it."""

# From any point of the prefecture, its islands included, to the nearest land that is not run from
# Japan: capes and islands of Korea, the Russian Far East, Taiwan and the Marianas, by their
# coordinates and rounded down. Takeshima and the Northern Territories, which Japan claims and does
# not run, count as such land. Hokkaido (16 km), Nagasaki (50 km) and Okinawa (110 km) are left out:
# no round trip is short enough there.
_KM: Mapping[int, str] = MappingProxyType(
    {
        500: "秋田県 山形県 宮城県 福島県 茨城県 栃木県 群馬県 埼玉県 千葉県 東京都 神奈川県 "
        "新潟県 山梨県 静岡県",
        400: "青森県 岩手県 富山県 石川県 長野県 岐阜県 愛知県 三重県 奈良県 和歌山県",
        350: "福井県 滋賀県 大阪府",
        300: "京都府 徳島県 香川県 高知県",
        250: "兵庫県 愛媛県 熊本県 宮崎県 鹿児島県",
        200: "鳥取県 岡山県 広島県 大分県",
        150: "島根県 山口県",
        100: "福岡県 佐賀県",
    }
)
ABROAD_KM: Mapping[str, int] = MappingProxyType(
    {name: km for km, names in _KM.items() for name in names.split()}
)
"""By prefecture: nothing foreign is nearer than this. A prefecture that is not here: unknown."""

_KIND = re.compile(r"[都府県]$")
_SUFFIX = re.compile(r"[- ](prefecture|ken|fu|to)$")


def prefecture(text: str) -> str | None:
    """Return the one prefecture that a text names (``東京都``, ``東京``, ``Tokyo``), or None."""
    name = text.strip()
    roman = _SUFFIX.sub("", name.lower())
    for japanese, latin in zip(JAPANESE, ROMAN, strict=True):
        if name in (japanese, _KIND.sub("", japanese)) or roman == latin:
            return japanese
    return None


def within_km(milliseconds: float) -> float:
    """Return how far away, at most, the machine is that answered within this round trip."""
    return milliseconds * VACUUM_KM_PER_MS
