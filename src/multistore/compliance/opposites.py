"""What other scanners demand that this product refuses by promise, and the answer to each. Pure.

The names are the scanners' own, as their published catalogues have them. A scanner that only
demands less than what is promised here is not listed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from multistore.compliance.model import Text

if TYPE_CHECKING:
    from multistore.config import Settings

Where = Literal["aws", "azure", "aws-kms", "logs"]


@dataclass(frozen=True, slots=True)
class Opposite:
    """One demand.

    Attributes:
        rules: who makes it: scanner and the names of its rules.
        demands: what is demanded, as a noun.
        answer: why it is deliberately not done here, in whole sentences.
        ours: the rules of this check that hold the answer to its word.
        where: what a configuration must have for the demand to be made of it: stores at AWS or
            Azure, keys at AWS KMS, or a collection of logs that outlives its tenant.
    """

    rules: tuple[tuple[str, tuple[str, ...]], ...]
    demands: Text
    answer: Text
    ours: tuple[str, ...]
    where: Where

    @property
    def names(self) -> str:
        """Give the scanners and their rules in one line."""
        return "; ".join(f"{scanner} {', '.join(rules)}" for scanner, rules in self.rules)


OPPOSITES: tuple[Opposite, ...] = (
    Opposite(
        rules=(
            ("Prowler", ("s3_bucket_cross_region_replication",)),
            ("steampipe", ("s3_bucket_cross_region_replication_enabled",)),
            ("Checkov", ("CKV_AWS_144",)),
            ("AWS Security Hub", ("S3.7",)),
            (
                "AWS Config",
                ("s3-bucket-cross-region-replication-enabled", "s3-bucket-replication-enabled"),
            ),
        ),
        demands=Text("a replica in any other region", "別リージョンへの複製"),
        answer=Text(
            "Data stays in Japan: only Tokyo–Osaka is a pair that does, and deletions do not reach "
            "a replica, so each one needs an end of its own.",
            "データは国内に保管します。国内で完結するのは東京と大阪の組だけであり、削除は複製先に"
            "伝わらないため、複製先ごとに有効期限が必要です。",
        ),
        ours=("RES-004", "ERA-006"),
        where="aws",
    ),
    Opposite(
        rules=(
            ("Prowler", ("s3_bucket_object_lock",)),
            ("steampipe", ("s3_bucket_object_lock_enabled",)),
            ("Checkov", ("CKV_AWS_143",)),
            ("AWS Security Hub", ("S3.15",)),
            ("AWS Config", ("s3-bucket-default-lock-enabled",)),
        ),
        demands=Text("an object lock on every bucket", "全バケットのオブジェクトロック"),
        answer=Text(
            "Erasure within 60 days is promised, and what is locked longer cannot be erased; the "
            "log of erasures alone may be locked.",
            "60 日以内の消去をお約束しており、それより長いロックは消去を妨げます。ロックしてよい"
            "のは消去記録だけです。",
        ),
        ours=("ERA-001", "ERA-002"),
        where="aws",
    ),
    Opposite(
        rules=(
            ("Prowler", ("s3_bucket_no_mfa_delete", "cloudtrail_bucket_requires_mfa_delete")),
            ("AWS Security Hub", ("S3.20",)),
            ("AWS Config", ("s3-bucket-mfa-delete-enabled",)),
        ),
        demands=Text("MFA Delete", "MFA Delete の有効化"),
        answer=Text(
            "Erasure runs on a schedule and is verified; MFA Delete lets only a person with the "
            "root account's token erase a version.",
            "消去は定期処理で実行し、結果を検証します。MFA Delete を有効にすると、ルートアカウント"
            "のトークンを持つ人しかバージョンを削除できません。",
        ),
        ours=("ERA-007",),
        where="aws",
    ),
    Opposite(
        rules=(
            ("Prowler", ("s3_bucket_object_versioning",)),
            ("Checkov", ("CKV_AWS_21",)),
            ("AWS Security Hub", ("S3.14",)),
            ("AWS Config", ("s3-bucket-versioning-enabled",)),
        ),
        demands=Text("old versions, without an end", "期限のない旧バージョンの保存"),
        answer=Text(
            "Versions are kept only where a rule ends them and their markers, and only as many "
            "generations as promised: a version that stays is data that was not erased.",
            "旧バージョンは、削除マーカーとともに自動削除する規則がある場合に限り、約束した世代数"
            "だけ保存します。残った旧バージョンは、消去されていないデータです。",
        ),
        ours=("ERA-003", "ERA-010"),
        where="aws",
    ),
    Opposite(
        rules=(("CloudSploit", ("bucketTransferAcceleration",)),),
        demands=Text("Transfer Acceleration", "Transfer Acceleration の有効化"),
        answer=Text(
            "TLS would end at an edge of a network that has edges in every country.",
            "世界各国にある中継点で TLS が終端されてしまいます。",
        ),
        ours=("RES-006",),
        where="aws",
    ),
    Opposite(
        rules=(("AWS Config", ("backup-recovery-point-manual-deletion-disabled",)),),
        demands=Text("backups that nobody can delete", "手動削除を禁じたバックアップ"),
        answer=Text(
            "A backup holds what was promised to be erased within 60 days; it must be possible to "
            "delete it.",
            "バックアップにも 60 日以内の消去をお約束したデータが含まれるため、削除できなければ"
            "なりません。",
        ),
        ours=("ERA-004", "RES-015"),
        where="aws",
    ),
    Opposite(
        rules=(
            ("Prowler", ("kms_cmk_not_deleted_unintentionally",)),
            ("AWS Security Hub", ("KMS.3",)),
            ("AWS Config", ("kms-cmk-not-scheduled-for-deletion",)),
        ),
        demands=Text("no key that awaits its deletion", "削除待ちの鍵がないこと"),
        answer=Text(
            "When a contract has ended, its master key is destroyed on purpose, after a wait in "
            "which it can be called off: that is how erasure reaches every copy.",
            "契約終了後は、取り消し可能な待機期間を経て、マスター鍵を意図的に破棄します。これに"
            "より、すべての複製を含めて読み取れなくなります。",
        ),
        ours=("ERA-009",),
        where="aws-kms",
    ),
    Opposite(
        rules=(
            ("Prowler", ("storage_geo_redundant_enabled",)),
            ("steampipe", ("storage_account_geo_redundant_enabled",)),
            ("Checkov", ("CKV_AZURE_206",)),
            ("Trivy", ("AZU-0058",)),
            (
                "Azure Policy",
                ("bf045164-79ba-4215-8f95-f8048dc1780b",),
            ),
        ),
        demands=Text("geo-redundancy, wherever it leads", "複製先を問わない地理冗長"),
        answer=Text(
            "A second copy is in order only where it is in Japan, as that of Japan East and Japan "
            "West is.",
            "2 つ目の複製は、東日本と西日本の組のように国内にある場合に限り認めます。",
        ),
        ours=("AZR-002",),
        where="azure",
    ),
    Opposite(
        rules=(("CloudSploit", ("blobServiceImmutable",)),),
        demands=Text("immutable blobs", "BLOB の不変ストレージ"),
        answer=Text(
            "Erasure within 60 days is promised, and what is immutable longer cannot be erased.",
            "60 日以内の消去をお約束しており、それより長い不変設定は消去を妨げます。",
        ),
        ours=("AZD-002",),
        where="azure",
    ),
    Opposite(
        rules=(("Prowler", ("storage_blob_versioning_is_enabled",)),),
        demands=Text("old versions of blobs, without an end", "期限のない BLOB の旧バージョン保存"),
        answer=Text(
            "Versions and snapshots are kept only where a rule ends them within 60 days.",
            "旧バージョンとスナップショットは、60 日以内に自動削除する規則がある場合に限り"
            "保存します。",
        ),
        ours=("AZD-003",),
        where="azure",
    ),
    Opposite(
        rules=(
            ("Prowler", ("cloudwatch_log_group_retention_policy_specific_days_enabled",)),
            ("AWS Config", ("cw-loggroup-retention-period-check",)),
        ),
        demands=Text("logs for a year or longer, or for ever", "1 年以上または無期限のログ保存"),
        answer=Text(
            "Access logs end after 36 months at most, as customers were told: a year fits into "
            "that, and for ever does not.",
            "お客様に示したとおり、アクセスログは最長 36 か月で削除します。1 年の保存はこの範囲に"
            "収まりますが、無期限の保存は行いません。",
        ),
        ours=("LOG-002",),
        where="logs",
    ),
)


def concerned(opposite: Opposite, settings: Settings) -> tuple[str, ...]:
    """Return what of a configuration a demand is made of: stores, the key service, collections."""
    if opposite.where == "aws-kms":
        return ("vault.keys",) if settings.vault.keys.startswith("aws-kms:") else ()
    if opposite.where == "logs":
        kept = settings.collections.items()
        return tuple(sorted(name for name, each in kept if each.survives_tenant))
    stores = settings.stores.items()
    return tuple(sorted(name for name, each in stores if each.provider == opposite.where))
