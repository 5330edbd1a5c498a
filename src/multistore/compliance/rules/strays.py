"""CLS-002: what lies in a store is of the classes that it accepts, as far as a sample shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from multistore.compliance.answers import MalformedError, entries, number, text, texts
from multistore.compliance.belonging import ACCESS_LOGS, ERASURE_LOG, UNOWNED, classes, declared
from multistore.compliance.collect.classes import CALL
from multistore.compliance.judgements import failed, not_asked, passed
from multistore.compliance.model import Rule, Severity, Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from multistore.compliance.model import Judgement
    from multistore.compliance.view import View

_TAGS = "GetBucketTagging"
_BUCKETS = ("s3-bucket", "s3-compatible-bucket")


def strayed(view: View) -> Iterable[Judgement]:
    """CLS-002: names, tags and metadata speak of no class that the store does not accept.

    The bucket's own declaration is its tag or metadata ``collection``; the store's ``accepts``
    tells what may lie there. What the sample did not reach is not verified, and that is said.
    """
    accepts = frozenset(view.store.accepts if view.store is not None else ())
    labels = list(_labels(view, accepts))
    yield from labels
    value = view.answer(CALL)
    if value is None:
        yield not_asked("There is no directory yet.", "ディレクトリがまだありません。", call=CALL)
        return
    found = {name: number(value, "Found", name) or 0 for name in _named(value)}
    objects = entries(value, "Objects")
    faults = [*_names(view, found, accepts), *_objects(objects)]
    yield from faults
    if not found:
        yield not_asked("The store holds nothing.", "保存されているものはありません。", call=CALL)
    elif not faults and not labels:
        yield _clean(value, found, len(objects))


def _named(value: Mapping[str, Any]) -> Iterable[str]:
    if "Found" not in value or not hasattr(value["Found"], "items"):
        raise MalformedError("the sample says nothing of what it found")
    return [str(name) for name in value["Found"]]


def _labels(view: View, accepts: frozenset[str]) -> Iterator[Judgement]:
    """Judge what the bucket or container says of itself."""
    if view.resource.kind in _BUCKETS:
        tags = entries(view.read(_TAGS), "TagSet")
        words = {text(tag, "Key"): text(tag, "Value") for tag in tags}
        said, call = declared(words, classes(view.settings)), _TAGS
    else:
        said, call = texts(view.read(CALL), "ContainerDeclares"), CALL
    for name in said:
        if name not in accepts:
            yield failed(
                f"It is labelled as {name}, and the store accepts {_list(accepts)} only.",
                f"{name} と表示されていますが、ストアが受け入れる区分は {_list(accepts)} "
                "だけです。",
                call=call,
            )


def _names(view: View, found: Mapping[str, int], accepts: frozenset[str]) -> Iterator[Judgement]:
    own = {ERASURE_LOG} if view.resource.store == view.settings.vault.erasure_log else set[str]()
    if any(c.kind == "log" and c.target == view.resource.id for c in view.seen.copies):
        own.add(ACCESS_LOGS)
    for name, count in found.items():
        if name in accepts or name in own:
            continue
        if name == UNOWNED:
            yield failed(
                f"{count} names or prefixes among those looked at belong to no tenant's collection "
                "of this configuration.",
                f"確認した範囲に、この設定のどのテナントのコレクションにも属さない名前が {count} 件"
                "あります。",
                call=CALL,
            )
        elif name == ACCESS_LOGS:
            yield failed(
                f"{count} access logs of the service lie here, and no bucket that was looked at "
                "writes its log here.",
                f"アクセスログが {count} 件ありますが、ここにログを出力するバケットは確認した範囲に"
                "ありません。",
                call=CALL,
            )
        elif name == ERASURE_LOG:
            yield failed(
                "A log of erasures lies here, and [vault] erasure_log names another store or none.",
                "消去記録がありますが、[vault] の erasure_log はこのストアを指していません。",
                call=CALL,
            )
        else:
            yield failed(
                f"{name} lies here below {count} of the tenants looked at; the store accepts "
                f"{_list(accepts)} only.",
                f"確認したテナントのうち {count} 件の下に {name} がありますが、ストアが受け入れる"
                f"区分は {_list(accepts)} だけです。",
                call=CALL,
            )


def _objects(objects: Iterable[Mapping[str, Any]]) -> Iterator[Judgement]:
    """Judge labels by where the object lies; whether that may lie here, its name has told."""
    for entry in objects:
        lies = text(entry, "Collection")
        for says in texts(entry, "Declares"):
            if says != lies:
                yield failed(
                    f"An object below {lies} is labelled as {says}.",
                    f"{lies} の下に、{says} と表示されたオブジェクトがあります。",
                    call=CALL,
                )


def _clean(value: Mapping[str, Any], found: Mapping[str, int], objects: int) -> Judgement:
    tenants, looked = number(value, "Tenants") or 0, number(value, "TenantsLookedInto") or 0
    more = bool(value.get("MoreAtRoot"))
    whole = looked == tenants and not more and not value.get("MoreBelow")
    en = f"Names of {looked} of {tenants}{'+' if more else ''} tenants"
    ja = f"テナント {tenants} 件{'以上' if more else ''}のうち {looked} 件の名前"
    if objects:
        en, ja = f"{en} and labels of {objects} objects", f"{ja}と、オブジェクト {objects} 件の表示"
    en, ja = f"{en} speak of {_list(found)} only.", f"{ja}を確認し、{_list(found)} だけでした。"
    if whole:
        en += " No other label was read." if objects else " No label was read."
        ja += f"{'それ以外の' if objects else ''}オブジェクトの表示は確認していません。"
    else:
        en += " It is a sample: what was not looked at is not verified."
        ja += "抽出による確認であり、確認していない部分は検証されていません。"
    return passed(en, ja, call=CALL, confidence="corroborated")


def _list(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))


RULES = (
    Rule(
        id="CLS-002",
        severity=Severity.MEDIUM,
        title=Text(
            "No object of another class has strayed in (sample)",
            "別の区分のオブジェクトが混入していないこと（抽出）",
        ),
        family="class",
        reads=(_TAGS, CALL),
        permission=(
            "s3:GetBucketTagging, s3:ListBucketVersions, s3:GetObjectTagging, "
            "s3:GetObjectVersionTagging, and HeadObject: s3:GetObject, s3:GetObjectVersion"
        ),
        whitepaper=("WP-8",),
        controls=("ISO/IEC 27001 A.5.12", "ISO/IEC 27001 A.5.13"),
        cost=Text(
            "Data of a class lies where it may not, and no rule for it applies.",
            "置いてはならない場所にデータがあり、その区分の規則が適用されません。",
        ),
        remedy=Text(
            "aws s3 ls s3://NAME/ (az storage blob list, ls) shows what is there: write what is a "
            "customer's below its tenant and collection (multistore put), and delete the rest; "
            "or correct the label.",
            "aws s3 ls s3://NAME/（az storage blob list、ls）で内容を確認し、お客様のデータは"
            "テナントとコレクションの下に書き直し（multistore put）、それ以外は削除してください。"
            "表示が誤っている場合は訂正します。",
        ),
        applies_to=(*_BUCKETS, "azure-container", "local"),
        roles=("store",),
        judge=strayed,
    ),
)
