"""The words around the findings, in English and Japanese."""

from __future__ import annotations

from multistore.compliance.model import Severity, Status, Text

STATUSES: dict[Status, Text] = {
    Status.FAIL: Text("Fail", "不適合"),
    Status.UNKNOWN: Text("Could not be verified", "確認できず"),
    Status.WAIVED: Text("Waived", "適用除外"),
    Status.ATTESTED: Text("Attested", "事業者の証明"),
    Status.PASS: Text("Pass", "適合"),
    Status.NA: Text("Not applicable", "対象外"),
}
MEANINGS: dict[Status, Text] = {
    Status.FAIL: Text(
        "Looked at, and not as it must be.", "確認した結果、あるべき状態ではありません。"
    ),
    Status.UNKNOWN: Text(
        "It could not be read. That is not a pass.",
        "読み取れませんでした。適合とはみなしません。",
    ),
    Status.WAIVED: Text(
        "A failure that a named person answers for, until a date.",
        "不適合ですが、承認者が期限を定めて適用を除外しています。",
    ),
    Status.ATTESTED: Text(
        "Based on the operator's word; not verified independently.",
        "事業者の証明に基づくものです。独自に検証したものではありません。",
    ),
    Status.PASS: Text("Looked at, and as it must be.", "確認した結果、あるべき状態です。"),
    Status.NA: Text("The question does not arise here.", "この対象には当てはまりません。"),
}
SEVERITIES: dict[Severity, Text] = {
    Severity.CRITICAL: Text("critical", "重大"),
    Severity.HIGH: Text("high", "高"),
    Severity.MEDIUM: Text("medium", "中"),
    Severity.LOW: Text("low", "低"),
    Severity.INFO: Text("info", "参考"),
}
FAMILIES: dict[str, Text] = {
    "residency": Text("Residency", "保管場所"),
    "network": Text("Network", "通信経路"),
    "azure": Text("Azure", "Azure"),
    "keys": Text("Keys", "鍵"),
    "encryption": Text("Encryption", "暗号化"),
    "exposure": Text("Exposure", "公開範囲"),
    "erasure": Text("Erasure", "消去"),
    "logs": Text("Logs", "ログ"),
    "clock": Text("Clock", "時刻"),
    "class": Text("Data class", "データ区分"),
    "attestation": Text("Attestation", "事業者証明"),
    "evidence": Text("Evidence", "証拠"),
    "governance": Text("Governance", "統制"),
}
"""In the order of the matrix; a family that is not here comes last, under its own name."""
COPIES: dict[str, Text] = {
    "replication": Text("replication", "レプリケーション"),
    "backup": Text("backup", "バックアップ"),
    "inventory": Text("inventory report", "インベントリー"),
    "analytics": Text("analytics export", "分析エクスポート"),
    "log": Text("access log", "アクセスログ"),
    "geo": Text("geo-redundant copy", "地理冗長コピー"),
    "event": Text("event notification", "イベント通知"),
    "key-replica": Text("replica of a key", "鍵の複製"),
    "cdn": Text("content delivery", "コンテンツ配信"),
}
WHITE_PAPER: dict[str, Text] = {
    "WP-1": Text("Data stays in Japan", "データは日本国内に保管"),
    "WP-2": Text("Encrypted as CRYPTREC lists", "CRYPTREC に準拠した暗号化"),
    "WP-3": Text("Access is limited", "限られたアクセス権"),
    "WP-4": Text("Erased within 60 days", "60 日以内の消去"),
    "WP-5": Text("Access logs for 36 months at most", "アクセスログは最長 36 か月"),
    "WP-6": Text("Backup generations as promised", "約束した世代数のバックアップ"),
    "WP-7": Text("UTC, synchronised by NTP", "UTC と NTP による時刻同期"),
    "WP-8": Text("Each class at its own providers", "データ区分ごとの保管先"),
}


def family(name: str) -> Text:
    """Name a family of rules."""
    return FAMILIES.get(name, Text(name, name))


def copy_kind(name: str) -> Text:
    """Name a kind of copy."""
    return COPIES.get(name, Text(name, name))
