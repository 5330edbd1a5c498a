"""Reports made by hand: a troubled estate with every status in it, and a clean one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from multistore.compliance.model import (
    ClockOffset,
    Copy,
    Finding,
    Population,
    Report,
    Resource,
    Rule,
    Severity,
    Status,
    Text,
    Waiver,
)

CONFIG = "multistore.toml"
AT = datetime(2026, 11, 24, 3, 15, 42, tzinfo=UTC)
WHO = "arn:aws:iam::123456789012:role/auditor"


def rule(identity, severity, title, family, **more):
    fields = {
        "reads": ("GetBucketReplication",),
        "permission": "s3:GetReplicationConfiguration",
        "whitepaper": ("WP-1",),
        "controls": ("ISO/IEC 27001 A.5.14",),
        "cost": Text("Customer data leaves Japan.", "お客様のデータが国外に出ます。"),
        "remedy": Text(
            "aws s3api delete-bucket-replication", "aws s3api delete-bucket-replication"
        ),
        "applies_to": ("s3-bucket",),
        "judge": lambda _: (),
    }
    return Rule(identity, severity, title, family, **{**fields, **more})


REGION = rule(
    "RES-001",
    Severity.CRITICAL,
    Text("The bucket is in Tokyo or Osaka", "バケットが東京または大阪にある"),
    "residency",
    reads=("HeadBucket",),
    permission="s3:ListBucket",
    remedy=Text(
        "Make a bucket in Tokyo or Osaka, move the objects there, and erase this one.",
        "東京または大阪にバケットを作成してオブジェクトを移し、このバケットを消去してください。",
    ),
)
REPLICATION = rule(
    "RES-004",
    Severity.CRITICAL,
    Text("No replication leaves Japan", "レプリケーション先が国内にある"),
    "residency",
    remedy=Text(
        "aws s3api delete-bucket-replication --bucket BUCKET",
        "aws s3api delete-bucket-replication --bucket バケット名",
    ),
)
BLOCKED = rule(
    "PUB-002",
    Severity.CRITICAL,
    Text("Public access is blocked", "公開アクセスが遮断されている"),
    "exposure",
    reads=("GetPublicAccessBlock",),
    whitepaper=("WP-3",),
    controls=("ISO/IEC 27001 A.8.3",),
    cost=Text("Anybody can read the objects.", "誰でもオブジェクトを読み取れます。"),
    remedy=Text(
        "aws s3api put-public-access-block --bucket NAME --public-access-block-configuration "
        "BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,"
        "RestrictPublicBuckets=true",
        "aws s3api put-public-access-block --bucket NAME --public-access-block-configuration "
        "BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,"
        "RestrictPublicBuckets=true",
    ),
)
RESIDUAL = rule(
    "ERA-004",
    Severity.HIGH,
    Text("Nothing is left 60 days after a delete", "削除から 60 日後には何も残らない"),
    "erasure",
    reads=("GetBucketLifecycleConfiguration",),
    whitepaper=("WP-4",),
    controls=("ISO/IEC 27018 A.10.3",),
    cost=Text(
        "Data of a customer who has left is still there after the promised day.",
        "解約したお客様のデータが、約束した日を過ぎても残ります。",
    ),
    remedy=Text(
        "Shorten what the sum names, until it is 60 days at most.",
        "合計が 60 日以内になるよう、内訳の期間を短くしてください。",
    ),
)
ENCRYPTED = rule(
    "ENC-001",
    Severity.HIGH,
    Text("Default encryption is on", "既定の暗号化が有効である"),
    "encryption",
    reads=("GetBucketEncryption",),
    whitepaper=("WP-2",),
    controls=("ISO/IEC 27001 A.8.24",),
    permission="s3:GetEncryptionConfiguration",
    cost=Text("The disk that is replaced is readable.", "交換されたディスクが読み取れます。"),
)
LOGS = rule(
    "LOG-002",
    Severity.MEDIUM,
    Text("Logs end after 36 months", "ログの保存が 36 か月で終わる"),
    "logs",
    reads=("GetBlobServiceProperties",),
    whitepaper=("WP-5",),
    controls=(),
    cost=Text(
        "Access logs are kept longer than promised.",
        "アクセスログが、約束した期間を超えて残ります。",
    ),
    remedy=Text(
        "Add a lifecycle rule that ends them after 1,095 days.",
        "1,095 日で終わるライフサイクル規則を加えてください。",
    ),
)
CLOCK = rule(
    "LOG-004",
    Severity.HIGH,
    Text("The clock is right", "時計が正しい"),
    "clock",
    whitepaper=("WP-7",),
    controls=("ISO/IEC 27001 A.8.17",),
)
CLAIM = rule(
    "ATT-001",
    Severity.CRITICAL,
    Text("The operator's claim holds", "事業者の証明が有効である"),
    "attestation",
    applies_to=("s3-compatible-bucket",),
    controls=("ISO/IEC 27017", "APPI Art. 25"),
)


def bucket(store, region, place, *, line, country="JP", kind="s3-bucket", provider="aws", **more):
    return Resource(
        id=f"s3://classtream-{store}",
        kind=kind,
        name=f"classtream-{store}",
        provider=provider,
        store=store,
        region=region,
        place=place,
        country_server=country,
        config_file=CONFIG,
        config_line=line,
        **{"country_operator": "US", **more},
    )


TOKYO = bucket("tokyo", "ap-northeast-1", Text("Tokyo", "東京"), line=5)
OSAKA = bucket("osaka", "ap-northeast-3", Text("Osaka", "大阪"), line=11)
SEOUL = bucket("archive", "ap-northeast-2", Text("Seoul", "ソウル"), country="KR", line=17)
CLAIMED = bucket(
    "bizgrand",
    None,
    Text("岐阜県", "岐阜県"),
    kind="s3-compatible-bucket",
    provider="s3-compatible",
    country_operator="JP",
    line=23,
)
AZURE = bucket(
    "azure",
    "japaneast",
    Text("Tokyo and Saitama (Japan East)", "東京・埼玉（東日本）"),
    kind="azure-container",
    provider="azure",
    line=31,
)
SAKURA = bucket(
    "sakura",
    "jp-north-1",
    Text("Ishikari, Hokkaido", "北海道石狩市"),
    kind="s3-compatible-bucket",
    provider="sakura",
    country_operator="JP",
    line=37,
)
SOMEWHERE = bucket(
    "contracted",
    None,
    None,
    country=None,
    kind="s3-compatible-bucket",
    provider="s3-compatible",
    country_operator=None,
    line=43,
)
HERE = Resource(
    "file:///srv/objects", "local", "objects", "local", store="here", config_file=CONFIG
)
REPLICA = Resource(
    "s3://classtream-replica",
    "s3-bucket",
    "classtream-replica",
    "aws",
    role="target",
    region="us-east-1",
    place=Text("Virginia, USA", "米国バージニア"),
    country_server="US",
    country_operator="US",
)
RESOURCES = (TOKYO, OSAKA, SEOUL, CLAIMED, AZURE, SAKURA, SOMEWHERE, HERE, REPLICA)


def finding(of, resource, status, en, ja, **more):
    fields = {
        "call": of.reads[0],
        "raw_sha256": "3f6d9a0e5c1b7f2846a1d0c9e8b7a6958473625140f0e1d2c3b4a59687786950",
        "request_id": "8T3ZQ6N1K4M7P9RA",
        "provider_date": "Tue, 24 Nov 2026 03:15:40 GMT",
        "identity": WHO,
        "confidence": "control-plane",
        "at": AT,
    }
    return Finding(of, resource, status, Text(en, ja), **{**fields, **more})


WAIVER = Waiver("ERA-004", "osaka", "sato@example.jp", "migration until spring", date(2027, 3, 31))
FINDINGS = (
    finding(REGION, TOKYO, Status.PASS, "The bucket is in Tokyo.", "バケットは東京にあります。"),
    finding(REGION, OSAKA, Status.PASS, "The bucket is in Osaka.", "バケットは大阪にあります。"),
    finding(
        REGION,
        SEOUL,
        Status.FAIL,
        "The bucket is in ap-northeast-2, which is Seoul.",
        "バケットは ap-northeast-2（ソウル）にあります。",
        raw={"x-amz-bucket-region": "ap-northeast-2"},
    ),
    finding(
        REPLICATION,
        TOKYO,
        Status.FAIL,
        "Rule 'dr' copies every object to classtream-replica in us-east-1 (Virginia, USA).",
        "規則 'dr' が、すべてのオブジェクトを us-east-1（米国バージニア）の classtream-replica へ"
        "複製しています。",
        raw={
            "Role": "arn:aws:iam::123456789012:role/replication",
            "Rules": [
                {
                    "ID": "dr",
                    "Status": "Enabled",
                    "Filter": {},
                    "Destination": {"Bucket": "arn:aws:s3:::classtream-replica"},
                    "DeleteMarkerReplication": {"Status": "Disabled"},
                }
            ],
        },
        remedy=Text(
            "aws s3api delete-bucket-replication --bucket classtream-tokyo",
            "aws s3api delete-bucket-replication --bucket classtream-tokyo",
        ),
    ),
    finding(
        REPLICATION,
        OSAKA,
        Status.UNKNOWN,
        "GetBucketReplication was refused (AccessDenied): whether objects are copied is not known.",
        "GetBucketReplication が拒否されました (AccessDenied)。複製の有無を確認できません。",
        remedy=Text(
            "Grant s3:GetReplicationConfiguration.",
            "s3:GetReplicationConfiguration を許可してください。",
        ),
    ),
    finding(
        BLOCKED,
        SEOUL,
        Status.FAIL,
        "BlockPublicPolicy is off.",
        "BlockPublicPolicy が無効です。",
        raw={"BlockPublicAcls": True, "BlockPublicPolicy": False},
    ),
    finding(BLOCKED, TOKYO, Status.PASS, "All four are on.", "四つとも有効です。"),
    finding(BLOCKED, OSAKA, Status.PASS, "All four are on.", "四つとも有効です。"),
    finding(
        ENCRYPTED,
        SOMEWHERE,
        Status.UNKNOWN,
        "The server answers unknown subresources with a listing, so that 'not configured' "
        "proves nothing.",
        "サーバーが未知のサブリソースに一覧で応えるため、「未設定」という回答は証拠になりません。",
    ),
    finding(ENCRYPTED, TOKYO, Status.PASS, "AES256", "AES256"),
    finding(ENCRYPTED, AZURE, Status.PASS, "Always on.", "常に有効です。"),
    finding(
        RESIDUAL,
        OSAKA,
        Status.WAIVED,
        "0 + 90 (noncurrent) + 2 = 92 days, more than 60.",
        "0 + 90（旧版）+ 2 = 92 日で、60 日を超えます。",
        waiver=WAIVER,
    ),
    finding(RESIDUAL, TOKYO, Status.PASS, "0 + 30 + 2 = 32 days.", "0 + 30 + 2 = 32 日です。"),
    finding(
        CLAIM,
        CLAIMED,
        Status.ATTESTED,
        "株式会社電算システム claims Gifu until 2027-03-31 (contracts/bizgrand-2026.pdf); "
        "not verified independently.",
        "株式会社電算システムの 2027-03-31 までの証明 (contracts/bizgrand-2026.pdf) によれば"
        "岐阜県です。独自検証ではありません。",
        call="",
        raw={"sha256": "ab" * 32},
        request_id=None,
    ),
    finding(LOGS, AZURE, Status.FAIL, "No rule ends them.", "終わりを定める規則がありません。"),
    finding(LOGS, SAKURA, Status.NA, "It holds no logs.", "ログを置いていません。", call=""),
    finding(CLOCK, TOKYO, Status.PASS, "0.2 s behind.", "0.2 秒の遅れです。"),
    finding(REGION, HERE, Status.NA, "A directory.", "ディレクトリです。", call=""),
)
COPIES = (
    Copy(TOKYO.id, REPLICA.id, "replication", "us-east-1", in_japan=False),
    Copy(TOKYO.id, OSAKA.id, "replication", "ap-northeast-3", in_japan=True),
    Copy(OSAKA.id, "arn:aws:sns:unknown::alerts", "event"),
    Copy(AZURE.id, "azure://classtream-secondary", "geo", "japanwest", in_japan=True),
)
POPULATION = Population(
    found=10,
    evaluated=9,
    unknown=1,
    excluded=(("s3://classtream-scratch", Text("named by --exclude", "除外の指定")),),
    identity=(WHO, "azure: classtreamstorage (shared key)"),
)
TROUBLED = Report(
    version="0.1.0",
    rule_set_version="1",
    started=datetime(2026, 11, 24, 3, 15, 30, tzinfo=UTC),
    finished=AT,
    settings_source=CONFIG,
    population=POPULATION,
    resources=RESOURCES,
    findings=FINDINGS,
    copies=COPIES,
    clock=(ClockOffset(-0.21, "tokyo", 0.6), ClockOffset(None, "kernel")),
    requests=214,
)
CLEAN = replace(
    TROUBLED,
    population=Population(1, 1, 0, identity=(WHO,), complete=True),
    resources=(TOKYO,),
    findings=tuple(
        found for found in FINDINGS if found.resource is TOKYO and found.status is Status.PASS
    ),
    copies=(),
)
