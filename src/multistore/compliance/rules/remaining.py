"""ERA-*: what stays after a deletion: old versions, markers, unfinished uploads, replicas."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from multistore.compliance.answers import number, text, texts
from multistore.compliance.exemptions import exempt_from_erasure
from multistore.compliance.judgements import failed, not_asked, passed, together, unknown
from multistore.compliance.lifecycle_rules import lifecycle
from multistore.compliance.model import LEDGER, LEFT_OVER, Rule, Severity, Text
from multistore.compliance.reading import part
from multistore.compliance.replication import hops
from multistore.compliance.residual import ERASED_WITHIN_DAYS, versioned, ways

if TYPE_CHECKING:
    from collections.abc import Iterable

    from multistore.compliance.model import Judgement
    from multistore.compliance.view import View

_BUCKETS = ("s3-bucket", "s3-compatible-bucket")
_ARCHIVES = frozenset({"GLACIER", "DEEP_ARCHIVE"})
_STAYS = Text(
    "What a customer was promised to be erased is still there (WP-4).",
    "削除を約束したデータが残り続けます（WP-4）。",
)
_RULES = "GetBucketLifecycleConfiguration"
_LIFECYCLE = "aws s3api put-bucket-lifecycle-configuration --bucket NAME: "


def noncurrent(view: View) -> Iterable[Judgement]:
    """ERA-003: whatever is deleted goes in the end: old versions, and their markers."""
    exempt = exempt_from_erasure(view)
    if exempt is not None:
        yield exempt
        return
    if not versioned(view):
        yield passed("No versions are kept.", "バージョンは保存されません。")
        return
    rules = lifecycle(view)
    lacking = [
        *(["old versions"] if rules.noncurrent is None else []),
        *(["delete markers"] if not rules.markers else []),
    ]
    lacking_ja = [
        *(["旧バージョン"] if rules.noncurrent is None else []),
        *(["削除マーカー"] if not rules.markers else []),
    ]
    if lacking:
        yield failed(
            f"Versions are kept, and no rule for the whole bucket ends {' and '.join(lacking)}.",
            f"バージョニングが有効ですが、バケット全体の{'と'.join(lacking_ja)}を"
            "削除する規則がありません。",
            call=_RULES,
        )
    else:
        yield passed(
            f"Old versions end after {rules.noncurrent} days, and their markers with them.",
            f"旧バージョンは {rules.noncurrent} 日後に、削除マーカーとともに削除されます。",
            call=_RULES,
        )


def residual(view: View) -> Iterable[Judgement]:
    """ERA-004: nothing outlives its deletion by more than 60 days; the sums are written down."""
    exempt = exempt_from_erasure(view)
    if exempt is not None:
        yield exempt
        return
    found = ways(view)
    sums = [way.say() for way in found]
    en = "; ".join(text.en for text in sums)
    ja = "、".join(text.ja for text in sums)
    days = [way.days for way in found]
    ends = [day for day in days if day is not None]
    if len(ends) < len(days):
        yield failed(
            f"What is deleted may stay for ever. {en}.",
            f"削除後も残り続けます。{ja}。",
            call=_RULES,
        )
    elif max(ends) > ERASED_WITHIN_DAYS:
        yield failed(
            f"What is deleted may stay for {max(ends)} days, over {ERASED_WITHIN_DAYS}. {en}.",
            f"削除後も最長 {max(ends)} 日残ります（上限 {ERASED_WITHIN_DAYS} 日）。{ja}。",
            call=_RULES,
        )
    else:
        yield passed(
            f"What is deleted is gone within {max(ends)} days. {en}.",
            f"削除したデータは最長 {max(ends)} 日で消えます。{ja}。",
            call=_RULES,
        )


def uploads(view: View) -> Iterable[Judgement]:
    """ERA-005: what was never finished goes, too."""
    rules = lifecycle(view)
    value = view.read("ListMultipartUploads")
    count, oldest = number(value, "Uploads") or 0, text(value, "Oldest")
    there = f"{count}{'+' if value.get('IsTruncated') else ''}"
    if rules.abort is None:
        yield failed(
            f"No rule ends unfinished uploads; there are {there} now.",
            f"未完了のアップロードを削除する規則がありません（現在 {there} 件）。",
            call=_RULES,
        )
        return
    limit = view.now - timedelta(days=ERASED_WITHIN_DAYS)
    if oldest and datetime.fromisoformat(oldest) < limit:
        yield failed(
            f"An unfinished upload is there since {oldest[:10]}, though a rule ends them after "
            f"{rules.abort} days.",
            f"{oldest[:10]} からの未完了アップロードが残っています"
            f"（規則では {rules.abort} 日後に削除）。",
        )
    elif rules.abort > ERASED_WITHIN_DAYS:
        yield failed(
            f"Unfinished uploads stay for {rules.abort} days.",
            f"未完了のアップロードが {rules.abort} 日間残ります。",
            call=_RULES,
        )
    else:
        yield passed(
            f"Unfinished uploads end after {rules.abort} days; there are {there} now.",
            f"未完了のアップロードは {rules.abort} 日後に削除されます（現在 {there} 件）。",
            call=_RULES,
        )


def replicas(view: View) -> Iterable[Judgement]:
    """ERA-006: a replica has an end of its own, because deletions do not reach it."""
    faults: list[Judgement] = []
    ends: list[str] = []
    for hop in hops(view):
        name = hop.way[-1]
        days = lifecycle(hop.target).expiration if hop.target is not None else None
        if days is None:
            faults.append(
                failed(
                    f"Deletions do not reach the replica {name}, and no rule there ends what it "
                    "holds.",
                    f"複製先 {name} に削除は伝わらず、有効期限の規則もありません。",
                    call="GetBucketReplication",
                )
            )
        else:
            hop.looked_into()
            ends.append(f"{name}: {days}")
    yield from together(
        faults,
        passed(
            f"Replicas end by themselves ({', '.join(ends)} days)."
            if ends
            else "Nothing is replicated.",
            f"複製先のデータは自動的に削除されます（{'、'.join(ends)} 日）。"
            if ends
            else "複製の設定はありません。",
        ),
    )


def generations(view: View) -> Iterable[Judgement]:
    """ERA-010: as many old generations as promised: 7 of backups, 1 of everything else."""
    if not versioned(view):
        yield passed("No generations are kept.", "世代は保存されません。")
        return
    most = 7 if view.collections == ("backup",) else 1
    value = view.read("ListObjectVersions")
    counted = number(value, "MostNoncurrentOfOneKey") or 0
    if counted > most:
        yield failed(
            f"One object has {counted} old generations; {most} were promised.",
            f"旧世代が {counted} 世代あるオブジェクトがあります（上限 {most} 世代）。",
        )
    elif value.get("IsTruncated"):
        yield unknown(
            f"Among the first 1,000 versions no object has more than {most} old generations; the "
            "rest was not counted.",
            f"先頭 1,000 件のバージョンでは旧世代が {most} 世代以内ですが、残りは数えていません。",
        )
    else:
        yield passed(
            f"No object has more than {most} old generations (at most {counted} were counted).",
            f"旧世代は {most} 世代以内です（最大 {counted} 世代）。",
        )


def archives(view: View) -> Iterable[Judgement]:
    """ERA-011: nothing is moved to where reading back takes hours, and erasing costs a minimum."""
    moved = set(lifecycle(view).archives) & _ARCHIVES
    stored = set(texts(view.read("ListObjectVersions"), "StorageClasses")) & _ARCHIVES
    if moved or stored:
        names = ", ".join(sorted(moved | stored))
        yield failed(
            f"Objects are moved to {names}: they cannot be verified without a restore.",
            f"オブジェクトが {names} に移されます。復元するまで内容を確認できません。",
        )
    else:
        yield passed("Nothing is archived.", "アーカイブへの移動はありません。")


def zero_proof(view: View) -> Iterable[Judgement]:
    """ERA-009: of a tenant that was erased there is nothing left: no version, marker or upload.

    The bucket is listed again, and every bucket that its replicas go to; what backups keep is
    ERA-004's. The certificate of an erasure says what was found when it was signed.
    """
    own = view.of("configuration")
    ledger = own.answer(LEDGER) if own is not None else None
    if ledger is None:
        yield not_asked("There is no ledger here.", "台帳がありません。")
        return
    count = number(ledger, "ErasedTenants") or 0
    if not count:
        yield not_asked(
            "No tenant has been erased yet.", "消去済みのテナントはまだありません。", call=LEDGER
        )
        return
    places = [view, *(hop.looked_into() for hop in hops(view))]
    faults: list[Judgement] = []
    for place in places:
        found = part(place, LEFT_OVER)
        versions, uploads = number(found, "Versions") or 0, number(found, "Uploads") or 0
        if versions or uploads:
            faults.append(
                failed(
                    f"{place.resource.name} still holds something of erased tenants (at least "
                    f"{versions} versions or markers, {uploads} uploads).",
                    f"{place.resource.name} に、消去済みテナントのデータが残っています"
                    f"（バージョン等 {versions} 件以上、未完了アップロード {uploads} 件以上）。",
                    call=LEFT_OVER,
                )
            )
    yield from together(
        faults,
        passed(
            f"Nothing is left of {count} erased tenants here ({len(places)} buckets listed).",
            f"消去済みの {count} テナントのデータは残っていません"
            f"（{len(places)} バケットを確認）。",
            call=LEFT_OVER,
        ),
    )


RULES = (
    Rule(
        id="ERA-003",
        severity=Severity.HIGH,
        title=Text(
            "Old versions and markers end", "旧バージョンと削除マーカーが自動的に削除される"
        ),
        family="erasure",
        reads=("GetBucketVersioning", "GetBucketLifecycleConfiguration"),
        permission="s3:GetBucketVersioning, s3:GetLifecycleConfiguration",
        whitepaper=("WP-4",),
        controls=("ISO/IEC 27001 A.8.10",),
        cost=_STAYS,
        remedy=Text(
            _LIFECYCLE
            + "Add a rule without a filter: NoncurrentVersionExpiration NoncurrentDays 30, "
            "Expiration ExpiredObjectDeleteMarker true.",
            _LIFECYCLE
            + "絞り込みのない規則で、NoncurrentVersionExpiration の NoncurrentDays（30 など）"
            "と Expiration の ExpiredObjectDeleteMarker を設定してください。",
        ),
        applies_to=_BUCKETS,
        judge=noncurrent,
    ),
    Rule(
        id="ERA-004",
        severity=Severity.HIGH,
        title=Text("Gone within 60 days after a deletion", "削除後 60 日以内に完全に消える"),
        family="erasure",
        reads=(
            "GetBucketVersioning",
            "GetBucketLifecycleConfiguration",
            "GetObjectLockConfiguration",
            "GetBucketReplication",
            "backup:GetBackupPlan",
        ),
        permission=(
            "s3:GetBucketVersioning, s3:GetLifecycleConfiguration, "
            "s3:GetBucketObjectLockConfiguration, s3:GetReplicationConfiguration, "
            "backup:ListBackupPlans, backup:GetBackupPlan"
        ),
        whitepaper=("WP-4",),
        controls=("ISO/IEC 27001 A.8.10", "ISO/IEC 27018 A.10.3"),
        cost=_STAYS,
        remedy=Text(
            "Shorten what the sum names, until it is 60 days at most.",
            "内訳に示した期間を、合計が 60 日以内になるよう短くしてください。",
        ),
        applies_to=_BUCKETS,
        judge=residual,
    ),
    Rule(
        id="ERA-005",
        severity=Severity.MEDIUM,
        title=Text("Unfinished uploads end", "未完了のアップロードが自動的に削除される"),
        family="erasure",
        reads=("GetBucketLifecycleConfiguration", "ListMultipartUploads"),
        permission="s3:GetLifecycleConfiguration, s3:ListBucketMultipartUploads",
        whitepaper=("WP-4",),
        controls=("ISO/IEC 27001 A.8.10",),
        cost=_STAYS,
        remedy=Text(
            _LIFECYCLE + "AbortIncompleteMultipartUpload DaysAfterInitiation 7.",
            _LIFECYCLE
            + "AbortIncompleteMultipartUpload の DaysAfterInitiation（7 など）を設定してください。",
        ),
        applies_to=_BUCKETS,
        judge=uploads,
    ),
    Rule(
        id="ERA-006",
        severity=Severity.HIGH,
        title=Text("Replicas end as well", "複製先のデータも自動的に削除される"),
        family="erasure",
        reads=("GetBucketReplication", "GetBucketLifecycleConfiguration"),
        permission="s3:GetReplicationConfiguration, s3:GetLifecycleConfiguration of the target",
        whitepaper=("WP-4",),
        controls=("ISO/IEC 27001 A.8.10",),
        cost=_STAYS,
        remedy=Text(
            "Give the target an Expiration of its own, or erase there as well.",
            "複製先に有効期限の規則を設定するか、複製先でも消去を行ってください。",
        ),
        applies_to=_BUCKETS,
        judge=replicas,
    ),
    Rule(
        id="ERA-009",
        severity=Severity.HIGH,
        title=Text("Nothing is left of erased tenants", "消去済みテナントのデータが残っていない"),
        family="erasure",
        reads=(LEDGER, LEFT_OVER, "GetBucketReplication"),
        permission="s3:ListBucketVersions, s3:ListBucketMultipartUploads, also of replicas",
        whitepaper=("WP-4",),
        controls=("ISO/IEC 27001 A.8.10", "ISO/IEC 27017 CLD.8.1.5", "ISO/IEC 27018 A.10.3"),
        cost=_STAYS,
        remedy=Text(
            "multistore erase TENANT/ --reason …, and look who writes there.",
            "multistore erase TENANT/ --reason … を実行し、書き込み元を確認してください。",
        ),
        applies_to=_BUCKETS,
        roles=("store",),
        judge=zero_proof,
    ),
    Rule(
        id="ERA-010",
        severity=Severity.MEDIUM,
        title=Text("As many generations as promised", "世代数が約束の範囲内である"),
        family="erasure",
        reads=("GetBucketVersioning", "ListObjectVersions"),
        permission="s3:ListBucketVersions",
        whitepaper=("WP-6",),
        controls=("ISO/IEC 27001 A.8.13",),
        cost=_STAYS,
        remedy=Text(
            _LIFECYCLE
            + "NoncurrentVersionExpiration with fewer days. Counted, because some services "
            "forget NewerNoncurrentVersions.",
            _LIFECYCLE
            + "NoncurrentVersionExpiration の日数を短くしてください（NewerNoncurrentVersions "
            "を保持しないサービスがあるため、実数で確認しています）。",
        ),
        applies_to=_BUCKETS,
        judge=generations,
    ),
    Rule(
        id="ERA-011",
        severity=Severity.MEDIUM,
        title=Text("Nothing is archived", "アーカイブに移していない"),
        family="erasure",
        reads=("GetBucketLifecycleConfiguration", "ListObjectVersions"),
        permission="s3:GetLifecycleConfiguration, s3:ListBucketVersions",
        whitepaper=("WP-4",),
        controls=("ISO/IEC 27001 A.8.10",),
        cost=Text("An erasure cannot be verified in time.", "期限内に消去を確認できません。"),
        remedy=Text(
            "Take the transitions to GLACIER and DEEP_ARCHIVE out.",
            "GLACIER と DEEP_ARCHIVE への移行を外してください。",
        ),
        applies_to=_BUCKETS,
        judge=archives,
    ),
)
