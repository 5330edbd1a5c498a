"""What an AWS account opens beside its buckets: public access, access points, batch jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from multistore.compliance import arns
from multistore.compliance.answers import MalformedError, entries, section, text
from multistore.compliance.judgements import failed, not_asked, passed, together
from multistore.compliance.model import Rule, Severity, Text
from multistore.compliance.reading import listed, part, word
from multistore.compliance.view import CALLER

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from multistore.compliance.model import Judgement
    from multistore.compliance.view import View

FLAGS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")

_ACCOUNT = ("aws-account",)
_POINTS = "s3control:ListAccessPoints"
_MULTI = "s3control:ListMultiRegionAccessPoints"
_BLOCK = "PublicAccessBlockConfiguration"
_LAMBDA = "s3control:GetAccessPointConfigurationForObjectLambda"


def flags_off(block: Mapping[str, Any]) -> list[str]:
    """Return the flags of a public access block that are not on."""
    return [flag for flag in FLAGS if block.get(flag) is not True]


def ours(view: View, bucket: str) -> bool:
    """Whether a bucket is one that this check answers for, and not only a copy's target."""
    found = view.seen.resources.get(f"s3://{bucket}")
    return found is not None and found.role != "target"


def public_block(view: View) -> Iterable[Judgement]:
    """PUB-001: the account's public access block has all four flags on."""
    call = "s3control:GetPublicAccessBlock"
    absent = view.answer(call) is None
    off = list(FLAGS) if absent else flags_off(part(view, call, _BLOCK))
    if not off:
        yield passed(
            "The account blocks public access: all four flags are on.",
            "アカウントのパブリックアクセスブロックは 4 項目とも有効です。",
        )
        return
    named = ", ".join(off)
    yield failed(
        f"The account does not block public access. Off: {named}.",
        f"アカウントのパブリックアクセスブロックのうち {named} が無効です。",
    )


def point_block(view: View) -> Iterable[Judgement]:
    """PUB-008: every access point of ours, in one Region or many, blocks public access."""
    if view.resource.kind == "s3-access-point":
        return _one_point(view)
    found: list[Judgement] = []
    for point in _multi_region(view):
        off = flags_off(section(point, "PublicAccessBlock"))
        if off and any(ours(view, text(m, "Bucket")) for m in entries(point, "Regions")):
            name, named = text(point, "Name"), ", ".join(off)
            found.append(
                failed(
                    f"The Multi-Region Access Point {name} does not block public access. "
                    f"Off: {named}.",
                    f"マルチリージョンアクセスポイント {name} の {named} が無効です。",
                )
            )
    return together(
        found,
        passed(
            "No Multi-Region Access Point of these buckets is open to the public.",
            "対象バケットに、公開されたマルチリージョンアクセスポイントはありません。",
        ),
    )


def _one_point(view: View) -> list[Judgement]:
    call = "s3control:GetAccessPoint"
    if not ours(view, word(view, call, "Bucket")):
        return [_not_of_ours("access point", "アクセスポイント")]
    off = ", ".join(flags_off(part(view, call, _BLOCK)))
    if not off:
        return [
            passed(
                "The access point blocks public access.",
                "アクセスポイントはパブリックアクセスを拒否します。",
            )
        ]
    return [
        failed(
            f"The access point {view.resource.name} does not block public access. Off: {off}.",
            f"アクセスポイント {view.resource.name} の {off} が無効です。",
            remedy=Text(
                "An access point's block is fixed when it is made: make it anew with all four "
                "flags, then aws s3control delete-access-point for this one.",
                "アクセスポイントのブロック設定は作成後に変更できません。4 項目とも有効にして"
                "作り直し、古いものを aws s3control delete-access-point で削除します。",
            ),
        )
    ]


def _not_of_ours(en: str, ja: str) -> Judgement:
    return not_asked(
        f"The {en} leads to a bucket that this check does not answer for.",
        f"この{ja}の先のバケットは、今回の検査の対象外です。",
    )


def _multi_region(view: View) -> list[Mapping[str, Any]]:
    return listed(view, _MULTI, "AccessPoints")


def multi_region(view: View) -> Iterable[Judgement]:
    """RES-005: no Multi-Region Access Point joins a bucket of ours with one outside Japan."""
    found: list[Judgement] = []
    for point in _multi_region(view):
        members = entries(point, "Regions")
        if not any(ours(view, text(member, "Bucket")) for member in members):
            continue
        outside = [
            f"{text(member, 'Bucket')} ({text(member, 'Region')})"
            for member in members
            if not arns.in_japan(text(member, "Region"))
        ]
        if outside:
            name, there = text(point, "Name"), ", ".join(outside)
            found.append(
                failed(
                    f"The Multi-Region Access Point {name} has members outside Japan: {there}. "
                    "A request may be answered, and a write may land, there.",
                    f"マルチリージョンアクセスポイント {name} に国外のバケットがあります"
                    f"（{there}）。読み書きがそこで処理されることがあります。",
                )
            )
    return together(
        found,
        passed(
            "No Multi-Region Access Point joins these buckets with one outside Japan.",
            "国外のバケットを含むマルチリージョンアクセスポイントはありません。",
        ),
    )


def points(view: View) -> Iterable[Judgement]:
    """RES-007: no access point belongs to another account, and no function abroad stands in one."""
    if view.resource.kind == "s3-object-lambda":
        return _functions(view)
    account = view.of(view.resource.id.rpartition("/")[0])
    if account is None:
        raise MalformedError("the account of a region was not looked at")
    own = word(account, CALLER, "Account")
    own_points = listed(view, _POINTS, "AccessPointList")
    listed(view, "s3control:ListAccessPointsForObjectLambda", "ObjectLambdaAccessPointList")
    found: list[Judgement] = []
    for point in own_points:
        arn = arns.parse(text(point, "AccessPointArn"))
        owner = arn.account if arn else own
        other = text(point, "BucketAccountId") or own
        if owner != other:
            name, bucket = text(point, "Name"), text(point, "Bucket")
            found.append(
                failed(
                    f"The access point {name} of account {owner} leads to {bucket} of account "
                    f"{other}.",
                    f"アカウント {owner} のアクセスポイント {name} が、アカウント {other} の"
                    f"バケット {bucket} につながっています。",
                )
            )
    return together(
        found,
        passed(
            f"All {len(own_points)} access points and their buckets belong to this account.",
            f"アクセスポイント {len(own_points)} 件とそのバケットは、自アカウントのものです。",
            call=_POINTS,
        ),
    )


def _functions(view: View) -> list[Judgement]:
    changes = entries(part(view, _LAMBDA, "Configuration"), "TransformationConfigurations")
    found: list[Judgement] = []
    for change in changes:
        function = text(change, "ContentTransformation", "AwsLambda", "FunctionArn")
        arn = arns.parse(function)
        if arn is None or not arns.in_japan(arn.region):
            found.append(
                failed(
                    f"Objects read through {view.resource.name} pass the function {function}, "
                    "outside Japan.",
                    f"{view.resource.name} から読むデータは、国外の関数 {function} を通ります。",
                )
            )
    return together(
        found,
        passed(
            "The functions in this Object Lambda access point run in Japan.",
            "この Object Lambda アクセスポイントの関数は国内で動作します。",
        ),
    )


RULES = (
    Rule(
        id="PUB-001",
        severity=Severity.CRITICAL,
        title=Text(
            "The AWS account blocks public access",
            "AWS アカウント全体でパブリックアクセスを拒否していること",
        ),
        family="exposure",
        reads=("s3control:GetPublicAccessBlock",),
        permission="s3:GetAccountPublicAccessBlock",
        whitepaper=("WP-3",),
        controls=("ISO/IEC 27001 A.8.3",),
        cost=Text(
            "One wrong policy on one bucket shows it to the world.",
            "バケットポリシーを 1 つ誤るだけで、全世界に公開されます。",
        ),
        remedy=Text(
            "aws s3control put-public-access-block --account-id ACCOUNT "
            "--public-access-block-configuration BlockPublicAcls=true,IgnorePublicAcls=true,"
            "BlockPublicPolicy=true,RestrictPublicBuckets=true",
            "次を実行します: aws s3control put-public-access-block --account-id ACCOUNT "
            "--public-access-block-configuration BlockPublicAcls=true,IgnorePublicAcls=true,"
            "BlockPublicPolicy=true,RestrictPublicBuckets=true",
        ),
        applies_to=_ACCOUNT,
        judge=public_block,
    ),
    Rule(
        id="PUB-008",
        severity=Severity.HIGH,
        title=Text(
            "Access points block public access",
            "アクセスポイントがパブリックアクセスを拒否していること",
        ),
        family="exposure",
        reads=("s3control:GetAccessPoint", _MULTI),
        permission="s3:GetAccessPoint, s3:ListMultiRegionAccessPoints",
        whitepaper=("WP-3",),
        controls=("ISO/IEC 27001 A.8.3",),
        cost=Text(
            "An access point can be public where its bucket is not.",
            "バケットが非公開でも、アクセスポイントから公開されることがあります。",
        ),
        remedy=Text(
            "aws s3control delete-multi-region-access-point, and make it anew with all four flags.",
            "aws s3control delete-multi-region-access-point で削除し、"
            "4 項目とも有効にして作り直します。",
        ),
        applies_to=("aws-account", "s3-access-point"),
        judge=point_block,
    ),
    Rule(
        id="RES-005",
        severity=Severity.CRITICAL,
        title=Text(
            "No Multi-Region Access Point leads out of Japan",
            "マルチリージョンアクセスポイントが国外につながっていないこと",
        ),
        family="residency",
        reads=(_MULTI,),
        permission="s3:ListMultiRegionAccessPoints",
        whitepaper=("WP-1",),
        controls=("ISO/IEC 27001 A.5.14", "ISO/IEC 27018 A.12.1"),
        cost=Text(
            "Objects are written to the nearest member, which may be abroad.",
            "最寄りのバケットに書き込まれるため、国外に保存されることがあります。",
        ),
        remedy=Text(
            "aws s3control delete-multi-region-access-point --account-id ACCOUNT "
            "--details Name=NAME, then erase what lies in the bucket abroad.",
            "aws s3control delete-multi-region-access-point --account-id ACCOUNT "
            "--details Name=NAME を実行し、国外のバケットの内容を消去します。",
        ),
        applies_to=_ACCOUNT,
        gate=True,
        judge=multi_region,
    ),
    Rule(
        id="RES-007",
        severity=Severity.HIGH,
        title=Text(
            "No access point crosses accounts, no function abroad changes objects",
            "アクセスポイントがアカウントをまたがず、国外の関数を通らないこと",
        ),
        family="residency",
        reads=(CALLER, _POINTS, "s3control:ListAccessPointsForObjectLambda", _LAMBDA),
        permission="s3:ListAccessPoints, s3:ListAccessPointsForObjectLambda, "
        "s3:GetAccessPointConfigurationForObjectLambda",
        whitepaper=("WP-3",),
        controls=("ISO/IEC 27001 A.5.14", "ISO/IEC 27001:2022 A.8.3"),
        cost=Text(
            "Another account reads the bucket by its own rules.",
            "ほかのアカウントが、その側の設定でバケットを読めます。",
        ),
        remedy=Text(
            "aws s3control delete-access-point --account-id ACCOUNT --name NAME",
            "次を実行します: aws s3control delete-access-point --account-id ACCOUNT --name NAME",
        ),
        applies_to=("aws-region", "s3-object-lambda"),
        judge=points,
    ),
)
