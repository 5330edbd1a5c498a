"""What an AWS account does with its buckets by itself: batch jobs, and the numbers it keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from multistore.compliance import arns
from multistore.compliance.answers import entries, section, text
from multistore.compliance.judgements import failed, passed, together, unknown
from multistore.compliance.model import Rule, Severity, Text
from multistore.compliance.reading import listed, part

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from multistore.compliance.model import Judgement
    from multistore.compliance.view import View

_REGION = ("aws-region",)


def jobs(view: View) -> Iterable[Judgement]:
    """RES-012: no running batch job copies to, or reports to, anything that is not in Japan."""
    if view.resource.kind == "aws-region":
        count = len(listed(view, "s3control:ListJobs", "Jobs"))
        yield passed(
            f"{count} batch jobs can still run; each is judged by itself.",
            f"実行中または実行待ちのバッチジョブは {count} 件です（個別に判定します）。",
        )
        return
    job = part(view, "s3control:DescribeJob", "Job")
    yield from together(
        _led_out(view, job),
        passed(
            "The job copies and reports to buckets in Japan only.",
            "このジョブの複製先と報告先は、国内のバケットだけです。",
        ),
    )


def _led_out(view: View, job: Mapping[str, Any]) -> Iterator[Judgement]:
    report = section(job, "Report")
    copied_to = text(job, "Operation", "S3PutObjectCopy", "TargetResource")
    reported_to = text(report, "Bucket") if report.get("Enabled") else ""
    for en, ja, target in (
        ("copies to", "複製", copied_to),
        ("reports to", "報告", reported_to),
    ):
        if not target:
            continue
        bucket = arns.bucket_of(target)
        known = view.of(f"s3://{bucket}")
        region = known.resource.region if known is not None else None
        if region is None:
            yield unknown(
                f"The job {en} {bucket}, and it is not known where that bucket is.",
                f"ジョブの{ja}先 {bucket} の所在地が分かりません。",
            )
        elif not arns.in_japan(region):
            yield failed(
                f"The job {en} {bucket} in {region}, outside Japan.",
                f"ジョブの{ja}先 {bucket} は国外（{region}）にあります。",
            )


def lens(view: View) -> Iterable[Judgement]:
    """RES-013: no Storage Lens dashboard that is on keeps its numbers outside Japan."""
    found: list[Judgement] = []
    # The list is flattened in the answer's XML: where there is none, there is no element.
    answer = view.read("s3control:ListStorageLensConfigurations")
    for dashboard in entries(answer, "StorageLensConfigurationList"):
        name, home = text(dashboard, "Id"), text(dashboard, "HomeRegion")
        if dashboard.get("IsEnabled") is False or arns.in_japan(home):
            continue
        if not home:
            found.append(
                unknown(
                    f"The Storage Lens dashboard {name} does not say where its home is.",
                    f"Storage Lens ダッシュボード {name} のホームリージョンが不明です。",
                )
            )
        else:
            found.append(
                failed(
                    f"The Storage Lens dashboard {name} keeps names of buckets and prefixes in "
                    f"{home}.",
                    f"Storage Lens ダッシュボード {name} は、バケット名とプレフィックス名を "
                    f"{home} に保存します。",
                )
            )
    return together(
        found,
        passed(
            "No Storage Lens dashboard is at home outside Japan.",
            "国外にホームリージョンを持つ Storage Lens ダッシュボードはありません。",
        ),
    )


RULES = (
    Rule(
        id="RES-012",
        severity=Severity.MEDIUM,
        title=Text(
            "No S3 batch job copies out of Japan",
            "S3 バッチオペレーションが国外に複製していないこと",
        ),
        family="residency",
        reads=("s3control:ListJobs", "s3control:DescribeJob"),
        permission="s3:ListJobs, s3:DescribeJob",
        whitepaper=("WP-1",),
        controls=("ISO/IEC 27001 A.5.14",),
        cost=Text(
            "One job copies a whole bucket abroad.",
            "1 つのジョブでバケット全体が国外に複製されます。",
        ),
        remedy=Text(
            "aws s3control update-job-status --account-id ACCOUNT --job-id JOB "
            "--requested-job-status Cancelled",
            "次を実行します: aws s3control update-job-status --account-id ACCOUNT --job-id JOB "
            "--requested-job-status Cancelled",
        ),
        applies_to=("aws-region", "s3-batch-job"),
        judge=jobs,
    ),
    Rule(
        id="RES-013",
        severity=Severity.LOW,
        title=Text(
            "Storage Lens keeps its numbers in Japan",
            "Storage Lens の集計が国内に保存されること",
        ),
        family="residency",
        reads=("s3control:ListStorageLensConfigurations",),
        permission="s3:ListStorageLensConfigurations",
        whitepaper=("WP-1",),
        controls=("ISO/IEC 27001 A.5.14",),
        cost=Text(
            "Names of buckets and prefixes lie abroad.",
            "バケット名とプレフィックス名が国外に置かれます。",
        ),
        remedy=Text(
            "Disable the dashboard (aws s3control put-storage-lens-configuration with "
            "IsEnabled=false) and make one in ap-northeast-1.",
            "ダッシュボードを無効にし（aws s3control put-storage-lens-configuration で "
            "IsEnabled=false）、ap-northeast-1 に作り直します。",
        ),
        applies_to=_REGION,
        judge=lens,
    ),
)
