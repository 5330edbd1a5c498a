"""The 47 prefectures of Japan, as a claim may name them."""

from __future__ import annotations

import re

# ISO 3166-2:JP, in its own order.
# fmt: off
JAPANESE: tuple[str, ...] = (
    "北海道", "青森県", "岩手県", "宮城県", "秋田県", "山形県", "福島県", "茨城県", "栃木県",
    "群馬県", "埼玉県", "千葉県", "東京都", "神奈川県", "新潟県", "富山県", "石川県", "福井県",
    "山梨県", "長野県", "岐阜県", "静岡県", "愛知県", "三重県", "滋賀県", "京都府", "大阪府",
    "兵庫県", "奈良県", "和歌山県", "鳥取県", "島根県", "岡山県", "広島県", "山口県", "徳島県",
    "香川県", "愛媛県", "高知県", "福岡県", "佐賀県", "長崎県", "熊本県", "大分県", "宮崎県",
    "鹿児島県", "沖縄県",
)
ROMAN: tuple[str, ...] = (
    "hokkaido", "aomori", "iwate", "miyagi", "akita", "yamagata", "fukushima", "ibaraki",
    "tochigi", "gunma", "saitama", "chiba", "tokyo", "kanagawa", "niigata", "toyama",
    "ishikawa", "fukui", "yamanashi", "nagano", "gifu", "shizuoka", "aichi", "mie", "shiga",
    "kyoto", "osaka", "hyogo", "nara", "wakayama", "tottori", "shimane", "okayama", "hiroshima",
    "yamaguchi", "tokushima", "kagawa", "ehime", "kochi", "fukuoka", "saga", "nagasaki",
    "kumamoto", "oita", "miyazaki", "kagoshima", "okinawa",
)
# fmt: on
_KNOWN = frozenset(
    {*JAPANESE, *ROMAN, *(name[:-1] for name in JAPANESE if not name.endswith("道"))}
)


def in_japan(text: str) -> bool:
    """Whether the text names prefectures of Japan and nothing else: ``岐阜県``, ``Gifu``."""
    parts = [part.strip() for part in re.split(r"[,、・/と]", text)]
    return bool(parts) and all(
        re.sub(r"[- ](prefecture|ken|fu|to)$", "", part.lower()) in _KNOWN for part in parts
    )
