"""A certificate as one page that prints on one sheet, in English or Japanese.

The page is for people; the signed file is the proof. Nothing is loaded from anywhere, and every
text of the certificate is escaped.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal

from multistore.erasure.certificate import signed_bytes
from multistore.erasure.page_texts import TEXTS
from multistore.errors import FormatError

if TYPE_CHECKING:
    from multistore.erasure.certificate import Certificate

MOST = 8
"""Lines of one table on the page; the file has them all."""

_ZONES = {"ja": timezone(timedelta(hours=9), "JST"), "en": timezone(timedelta(0), "UTC")}


def page(certificate: Certificate, lang: Literal["en", "ja"]) -> str:
    """Render a certificate as HTML.

    Raises:
        FormatError: a field that every certificate has is missing.
    """
    import jinja2  # noqa: PLC0415 - only the page needs it

    texts = TEXTS[lang]

    def local(moment: str | None) -> str:
        if moment is None:
            return "—"
        return datetime.fromisoformat(moment).astimezone(_ZONES[lang]).strftime("%Y-%m-%d %H:%M %Z")

    def change(medium: dict[str, Any], *names: str) -> str:
        return " → ".join(_total(medium[when], names, texts["unseen"]) for when in _WHEN)

    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    source = (files("multistore.erasure") / "page.html.j2").read_text(encoding="utf-8")
    try:
        return environment.from_string(source).render(
            lang=lang,
            t=texts,
            p=certificate.payload,
            signatures=certificate.signatures,
            digest=sha256(signed_bytes(certificate.payload)).hexdigest(),
            local=local,
            change=change,
            most=MOST,
        )
    except (jinja2.UndefinedError, KeyError, TypeError, ValueError):
        raise FormatError("this certificate lacks a field that every one has") from None


_WHEN = ("before", "after")


def _total(counts: dict[str, int | None], names: tuple[str, ...], unseen: str) -> str:
    found = [counts[name] for name in names]
    known = [count for count in found if count is not None]
    return f"{sum(known):,}" if len(known) == len(found) else unseen
