"""What other services of AWS do with a bucket: backups, caches at the edge, trails."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multistore.compliance import arns
from multistore.compliance.answers import MalformedError, entries, number, text
from multistore.compliance.backup_selections import Taken, takes
from multistore.compliance.judgements import failed, not_asked, passed, together, unknown
from multistore.compliance.model import Judgement, Rule, Severity, Text
from multistore.compliance.reading import listed, part

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

    from multistore.compliance.view import View

ERASED_WITHIN_DAYS = 60
"""The white paper, section 3: data is erased 60 days after the service is stopped."""

_PLANS = "backup:ListBackupPlans"
_VAULTS = "backup:ListBackupVaults"
_TRAILS = "cloudtrail:DescribeTrails"


def our_buckets(view: View) -> list[str]:
    """Return the AWS buckets that this check answers for."""
    found = view.every("s3-bucket")
    return [each.resource.name for each in found if each.resource.role != "target"]


# --- backups --------------------------------------------------------------------------------------


def backups(view: View) -> Iterable[Judgement]:
    """RES-015: no backup plan takes a bucket out of Japan, or keeps it beyond its erasure."""
    if view.resource.kind == "aws-region":
        count = len(listed(view, _PLANS, "BackupPlansList"))
        return [
            passed(
                f"AWS Backup has {count} plans here; each is judged by itself.",
                f"AWS Backup のプランは {count} 件です（個別に判定します）。",
            )
        ]
    taken = {takes(view, bucket) for bucket in our_buckets(view)}
    if Taken.YES in taken:
        return together(
            _faults(view),
            passed(
                "The plan keeps its backups in Japan, and for 60 days at most.",
                "このプランのバックアップは国内にのみ置かれ、保存期間は 60 日以内です。",
                call="backup:GetBackupPlan",
            ),
        )
    if Taken.BY_TAGS in taken and any(True for _ in _faults(view)):
        return [
            unknown(
                f"The plan {view.resource.name} copies abroad or keeps too long, and takes what "
                "carries certain tags: whether these buckets do was not looked at.",
                f"プラン {view.resource.name} は国外への複製または長期保存を行います。"
                "対象はタグで選ばれるため、これらのバケットが含まれるかは確認していません。",
                call="backup:GetBackupPlan",
            )
        ]
    return [
        not_asked(
            "The plan takes none of these buckets.",
            "このプランは対象バケットをバックアップしません。",
        )
    ]


def _faults(view: View) -> Iterator[Judgement]:
    plan = part(view, "backup:GetBackupPlan", "BackupPlan")
    for rule in entries(plan, "Rules"):
        name = text(rule, "RuleName")
        yield from _kept(rule, f"rule {name}", f"ルール {name}")
        yield from _locked(view, text(rule, "TargetBackupVaultName"))
        for action in entries(rule, "CopyActions"):
            vault = text(action, "DestinationBackupVaultArn")
            arn = arns.parse(vault)
            if arn is None or not arns.in_japan(arn.region):
                yield failed(
                    f"The plan's rule {name} copies backups to {vault}, outside Japan.",
                    f"ルール {name} がバックアップを国外（{vault}）に複製します。",
                    call="backup:GetBackupPlan",
                )
            yield from _kept(action, f"copy to {vault}", f"{vault} への複製")


def _kept(rule: Mapping[str, Any], en: str, ja: str) -> Iterator[Judgement]:
    days = number(rule, "Lifecycle", "DeleteAfterDays")
    if days is None or days < 0:
        yield failed(
            f"The {en} keeps its backups for ever.",
            f"{ja}のバックアップに保存期限がありません。",
            call="backup:GetBackupPlan",
        )
    elif days > ERASED_WITHIN_DAYS:
        yield failed(
            f"The {en} keeps its backups for {days} days; after {ERASED_WITHIN_DAYS} the data "
            "must be gone.",
            f"{ja}のバックアップは {days} 日間残ります"
            f"（{ERASED_WITHIN_DAYS} 日以内の削除が必要です）。",
            call="backup:GetBackupPlan",
        )


def _locked(view: View, vault: str) -> Iterator[Judgement]:
    for found in _vaults(view):
        if text(found, "BackupVaultName") != vault or found.get("Locked") is not True:
            continue
        longest = number(found, "MaxRetentionDays")
        if longest is None or longest > ERASED_WITHIN_DAYS:
            until = "for ever" if longest is None else f"for {longest} days"
            until_ja = "無期限" if longest is None else f"{longest} 日間"
            yield failed(
                f"The vault {vault} is locked and lets backups be held {until}.",
                f"ボールト {vault} はロックされており、バックアップを{until_ja}保持できます。",
                call=_VAULTS,
            )


def _vaults(view: View) -> list[Mapping[str, Any]]:
    for region in view.every("aws-region"):
        same = region.resource.region == view.resource.region
        if same and region.resource.via == view.resource.via:
            return listed(region, _VAULTS, "BackupVaultList")
    raise MalformedError("the region of a plan was not looked at")


# --- edges and trails -----------------------------------------------------------------------------


def edges(view: View) -> Iterable[Judgement]:
    """RES-017: no CloudFront distribution has one of the buckets for its origin."""
    distributions = part(view, "cloudfront:ListDistributions", "DistributionList")
    ours = set(our_buckets(view))
    found: list[Judgement] = []
    for distribution in entries(distributions, "Items"):
        name = text(distribution, "Id")
        for origin in entries(distribution, "Origins", "Items"):
            domain = text(origin, "DomainName")
            if arns.bucket_behind(domain) in ours:
                found.append(
                    failed(
                        f"The CloudFront distribution {name} serves {domain} from edges all over "
                        "the world.",
                        f"CloudFront ディストリビューション {name} が {domain} を"
                        "世界中のエッジから配信しています。",
                    )
                )
    return together(
        found,
        passed(
            "No CloudFront distribution of the account has one of these buckets for its origin.",
            "対象バケットをオリジンとする CloudFront ディストリビューションはありません。",
        ),
    )


def trails(view: View) -> Iterable[Judgement]:
    """RES-019: every trail that records this region keeps what it records in Japan."""
    found: list[Judgement] = []
    for trail in listed(view, _TRAILS, "trailList"):
        found += _trail(view, trail)
    return together(
        found,
        passed(
            "The trails that record this region keep their logs in Japan.",
            "このリージョンを記録する証跡のログは、国内に保存されます。",
        ),
    )


def _trail(view: View, trail: Mapping[str, Any]) -> Iterator[Judgement]:
    name, bucket = text(trail, "Name"), text(trail, "S3BucketName")
    log = view.of(f"s3://{bucket}") if bucket else None
    region = log.resource.region if log is not None else None
    if bucket and region is None:
        yield unknown(
            f"The trail {name} writes to {bucket}, and it is not known where that bucket is.",
            f"証跡 {name} の保存先 {bucket} の所在地が分かりません。",
            call=_TRAILS,
        )
    elif bucket and not arns.in_japan(region):
        yield failed(
            f"The trail {name} writes to {bucket} in {region}, outside Japan.",
            f"証跡 {name} の保存先 {bucket} は国外（{region}）にあります。",
            call=_TRAILS,
        )
    for field in ("CloudWatchLogsLogGroupArn", "SnsTopicARN"):
        arn = arns.parse(text(trail, field))
        if arn is not None and not arns.in_japan(arn.region):
            yield failed(
                f"The trail {name} also goes to {text(trail, field)}, outside Japan.",
                f"証跡 {name} は国外の {text(trail, field)} にも送られます。",
                call=_TRAILS,
            )


def integrity(view: View) -> Iterable[Judgement]:
    """LOG-003: the trails sign what they record, so that a changed log is found out."""
    recorded = listed(view, _TRAILS, "trailList")
    if not recorded:
        return [
            not_asked("No trail records this region.", "このリージョンを記録する証跡はありません。")
        ]
    unsigned = [
        text(trail, "Name")
        for trail in recorded
        if trail.get("LogFileValidationEnabled") is not True
    ]
    if unsigned:
        named = ", ".join(unsigned)
        return [
            failed(
                f"The trail {named} does not validate its log files: a changed log stays unseen.",
                f"証跡 {named} のログファイル検証が無効です。ログの改ざんを検出できません。",
            )
        ]
    return [
        passed(
            "Every trail validates its log files.",
            "すべての証跡でログファイルの検証が有効です。",
        )
    ]


RULES = (
    Rule(
        id="RES-015",
        severity=Severity.HIGH,
        title=Text(
            "Backups stay in Japan and end in time",
            "バックアップが国内に置かれ、期限内に消えること",
        ),
        family="residency",
        reads=(
            _PLANS,
            "backup:GetBackupPlan",
            "backup:ListBackupSelections",
            "backup:GetBackupSelection",
            _VAULTS,
        ),
        permission="backup:ListBackupPlans, backup:GetBackupPlan, backup:ListBackupSelections, "
        "backup:GetBackupSelection, backup:ListBackupVaults",
        whitepaper=("WP-1", "WP-4", "WP-6"),
        controls=("ISO/IEC 27001 A.8.13", "ISO/IEC 27001:2022 A.5.14"),
        cost=Text(
            "Erased data lives on in a backup, or lies abroad, where nobody looks for it.",
            "消去したはずのデータがバックアップに残り、あるいは国外に置かれ続けます。",
        ),
        remedy=Text(
            "Take the copy action out of the plan and set DeleteAfterDays: "
            "aws backup update-backup-plan --backup-plan-id PLAN --backup-plan file://plan.json",
            "プランから複製の設定を外し、DeleteAfterDays を設定します: "
            "aws backup update-backup-plan --backup-plan-id PLAN --backup-plan file://plan.json",
        ),
        applies_to=("aws-region", "backup-plan"),
        judge=backups,
    ),
    Rule(
        id="RES-017",
        severity=Severity.HIGH,
        title=Text(
            "No CloudFront distribution serves the bucket",
            "CloudFront がバケットを配信していないこと",
        ),
        family="residency",
        reads=("cloudfront:ListDistributions",),
        permission="cloudfront:ListDistributions",
        whitepaper=("WP-1", "WP-3"),
        controls=("ISO/IEC 27001 A.5.14", "ISO/IEC 27001:2022 A.8.3"),
        cost=Text(
            "Copies of objects lie in caches all over the world.",
            "オブジェクトの写しが世界中のキャッシュに置かれます。",
        ),
        remedy=Text(
            "Take the origin out of the distribution (aws cloudfront update-distribution), then "
            "invalidate: aws cloudfront create-invalidation --distribution-id ID --paths '/*'",
            "ディストリビューションからオリジンを外し（aws cloudfront update-distribution）、"
            "キャッシュを無効化します: "
            "aws cloudfront create-invalidation --distribution-id ID --paths '/*'",
        ),
        applies_to=("aws-account",),
        judge=edges,
    ),
    Rule(
        id="RES-019",
        severity=Severity.MEDIUM,
        title=Text("Trails keep their logs in Japan", "証跡のログが国内に保存されること"),
        family="residency",
        reads=(_TRAILS, "HeadBucket"),
        permission="cloudtrail:DescribeTrails, s3:ListBucket",
        whitepaper=("WP-5",),
        controls=("ISO/IEC 27001 A.8.15",),
        cost=Text(
            "Names of objects, and who read them, lie abroad.",
            "オブジェクト名と、だれが読んだかの記録が国外に置かれます。",
        ),
        remedy=Text(
            "aws cloudtrail update-trail --name TRAIL --s3-bucket-name BUCKET-IN-JAPAN",
            "次を実行します: "
            "aws cloudtrail update-trail --name TRAIL --s3-bucket-name 国内のバケット",
        ),
        applies_to=("aws-region",),
        judge=trails,
    ),
    Rule(
        id="LOG-003",
        severity=Severity.MEDIUM,
        title=Text("A changed log is found out", "ログの改ざんを検出できること"),
        family="logs",
        reads=(_TRAILS,),
        permission="cloudtrail:DescribeTrails",
        whitepaper=("WP-5",),
        controls=("ISO/IEC 27001 A.8.15",),
        cost=Text(
            "A log that can be changed unseen proves nothing.",
            "気づかれずに書き換えられるログは、証拠になりません。",
        ),
        remedy=Text(
            "aws cloudtrail update-trail --name TRAIL --enable-log-file-validation",
            "次を実行します: aws cloudtrail update-trail --name TRAIL --enable-log-file-validation",
        ),
        applies_to=("aws-region",),
        judge=integrity,
    ),
)
