"""CLS-001: which class of data may lie with which provider."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multistore.compliance.gate import by_gate
from multistore.compliance.judgements import failed, not_asked, passed
from multistore.compliance.model import Rule, Severity, Status, Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from multistore.compliance.model import Judgement
    from multistore.compliance.view import View

_STORES = (
    "s3-bucket",
    "s3-compatible-bucket",
    "azure-container",
    "third-party",
    "local",
    "memory",
)

AWS, AZURE, BIZGRAND, EASY_CLOUD = "AWS", "MS Azure", "BizGr@nd", "Next Generation EASY Cloud"

# ClassTream's security white paper 1.16, section 15: what is kept where. Of user information and
# attachments it names AWS alone; the other three are named for videos.
ALLOWED: Mapping[str, frozenset[str]] = {
    "user-info": frozenset({AWS}),
    "attachment": frozenset({AWS}),
    "video": frozenset({AWS, AZURE, BIZGRAND, EASY_CLOUD}),
}
# Who runs the two that have no name in the table of providers (the same section).
_OPERATORS = {"電算システム": BIZGRAND, "アイネット": EASY_CLOUD}
_BY_PROVIDER = {"aws": AWS, "azure": AZURE}


def provider_of(view: View) -> str | None:
    """Return which of the white paper's providers a store is at; None: none of them."""
    if view.resource.provider in _BY_PROVIDER:
        return _BY_PROVIDER[view.resource.provider]
    claim = view.store.placement if view.store is not None else None
    operator = claim.operator if claim is not None else ""
    return next((name for word, name in _OPERATORS.items() if word in operator), None)


def allowed(view: View) -> Iterable[Judgement]:
    """CLS-001: the store takes no class of data that may not lie with its provider."""
    refused = [j for j in by_gate(view, "CLS-001") if j.status is not Status.PASS]
    if refused:
        return refused
    if view.resource.kind in ("local", "memory"):
        return [
            not_asked(
                "The store is on this machine, and at no provider.",
                "このマシン上のストアであり、事業者への預託には当たりません。",
            )
        ]
    accepts = set(view.store.accepts if view.store is not None else ()) | set(view.collections)
    provider = provider_of(view)
    wrong = sorted(c for c in accepts if c in ALLOWED and provider not in ALLOWED[c])
    if not wrong:
        named = ", ".join(sorted(accepts)) or "-"
        return [
            passed(
                f"What the store accepts ({named}) may lie with {provider or 'its provider'}.",
                f"受け入れる区分（{named}）は、"
                f"{provider or 'この事業者'} に保管してよいものだけです。",
                confidence="configuration",
            )
        ]
    return [_misplaced(data_class, provider, view.resource.provider) for data_class in wrong]


def _misplaced(data_class: str, provider: str | None, written: str) -> Judgement:
    may = ", ".join(sorted(ALLOWED[data_class]))
    return failed(
        f"The store accepts {data_class}, which may lie with {may} only; this is "
        f"{provider or f'none of them ({written})'}.",
        f"ストアが {data_class} を受け入れますが、保管してよい事業者は {may} だけです"
        f"（このストア: {provider or f'いずれにも当たらない {written}'}）。",
    )


RULES = (
    Rule(
        id="CLS-001",
        severity=Severity.CRITICAL,
        title=Text(
            "The provider may keep this class of data", "事業者に保管してよい区分のデータであること"
        ),
        family="class",
        reads=("configuration",),
        permission="-",
        whitepaper=("WP-8",),
        controls=("ISO/IEC 27001 A.5.12", "APPI 25"),
        cost=Text(
            "Customers' data lies with a company that they were not told of.",
            "利用者に知らせていない事業者に、お客様のデータを預けることになります。",
        ),
        remedy=Text(
            "Take the class out of accepts, and move the collection: [collections.NAME] store = …",
            "accepts からその区分を外し、[collections.NAME] の store を変更して移します。",
        ),
        applies_to=_STORES,
        roles=("store",),
        gate=True,
        judge=allowed,
    ),
)
