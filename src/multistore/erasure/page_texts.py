"""The words of a certificate's printed page, in English and in Japanese."""

from __future__ import annotations

from typing import Any

TEXTS: dict[str, dict[str, Any]] = {
    "en": {
        "title": "Certificate of erasure",
        "number": "No.",
        "issued": "Issued",
        "reissue": "A new certificate is due after",
        "statuses": {
            "COMPLETE": (
                "Complete",
                (
                    "A fresh listing of every store shows nothing of the subject any more, and "
                    "every key that was to be destroyed is reported destroyed."
                ),
            ),
            "LOGICAL_DELETE": (
                "Deleted logically",
                (
                    "A fresh listing shows nothing of the subject any more. Nobody other than the "
                    "operator bears witness to the medium or to the keys."
                ),
            ),
            "PENDING": (
                "Pending",
                "What remains ends at its date or with the next roll of the keys; listed below.",
            ),
            "PARTIAL": (
                "Not complete",
                "Something remains or could not be looked at; it is listed below.",
            ),
        },
        "subject": "Erased",
        "kinds": {
            "object": "the object",
            "prefix": "everything below",
            "collection": "the collection",
            "tenant": "everything of the customer",
            "expired": "what had outlived its retention in",
        },
        "excepted": "but for",
        "tenant": "Customer's reference",
        "contract": "Contract end / stopped / due",
        "reason": "Reason",
        "method": "Method",
        "methods": {
            "purge": "purge: cryptographic erase, and deletion of every version",
            "clear": "clear: deletion of every version through the service",
        },
        "verified": "Verification",
        "verification": "a fresh listing of versions, markers, copies and uploads in every store",
        "people": "Performed / validated by",
        "media": "Stores: found before → found after",
        "store": "Store",
        "where": "Operator, country, region",
        "versions": "Versions",
        "markers": "Markers",
        "copies": "Copies",
        "uploads": "Uploads",
        "bytes": "Bytes",
        "keys": "Keys",
        "fingerprint": "Fingerprint",
        "collection": "Collection",
        "destroyed": "Destroyed",
        "keks": "Master keys above them",
        "service": "In the key service",
        "scheduled": "Destroyed, or due",
        "probe": "The service says",
        "residual": "What remains",
        "nothing": "Nothing was found by the listings named above.",
        "what": "What",
        "why": "Why",
        "until": "Until",
        "holds": "Holds",
        "more": "and {n} more, in the signed file",
        "unseen": "not looked at",
        "footer": "This page is a rendering. What is signed is the JSON file; it is verified, "
        "without a network, by: multistore certificate verify FILE --key PUBLIC-KEY",
        "signed": "Signed by",
        "digest": "SHA-256 of the signed bytes",
        "plan": "Plan",
        "log": "erasure log, entry",
    },
    "ja": {
        "title": "データ消去証明書",
        "number": "証明書番号",
        "issued": "発行日時",
        "reissue": "次の日時以降に、新しい証明書を発行します:",
        "statuses": {
            "COMPLETE": (
                "消去完了",
                (
                    "すべての保管先を改めて一覧し、対象のデータが残っていないことを確認しました。"
                    "破棄すべき鍵は、すべて破棄済みと報告されています。"
                ),
            ),
            "LOGICAL_DELETE": (
                "論理削除",
                (
                    "改めて一覧し、対象のデータが見えないことを確認しました。媒体または鍵について、"
                    "運用者以外の第三者による裏付けはありません。"
                ),
            ),
            "PENDING": (
                "消去手続き中",
                "残っているものは、下記の期日または次回の鍵の更新で消去されます。",
            ),
            "PARTIAL": (
                "未完了",
                "残っているもの、または確認できなかったものがあります。下記に一覧します。",
            ),
        },
        "subject": "消去の対象",
        "kinds": {
            "object": "オブジェクト",
            "prefix": "次の配下すべて:",
            "collection": "コレクション",
            "tenant": "お客様のデータすべて:",
            "expired": "保存期間を満了したもの",
        },
        "excepted": "除外:",
        "tenant": "お客様の参照番号",
        "contract": "契約終了日 / 停止 / 期限",
        "reason": "理由",
        "method": "方法",
        "methods": {
            "purge": "除去（Purge）: 暗号学的消去と、すべての版の削除",
            "clear": "消去（Clear）: 保管サービスを通じた、すべての版の削除",
        },
        "verified": "確認方法",
        "verification": "すべての保管先で、版・削除マーカー・複製・アップロードを改めて一覧",
        "people": "実施者 / 確認者",
        "media": "保管先（消去前 → 消去後の件数）",
        "store": "保管先",
        "where": "運営会社、国、リージョン",
        "versions": "版",
        "markers": "マーカー",
        "copies": "複製",
        "uploads": "未完了",
        "bytes": "バイト",
        "keys": "鍵",
        "fingerprint": "指紋",
        "collection": "コレクション",
        "destroyed": "破棄日時",
        "keks": "上位のマスター鍵",
        "service": "鍵サービスでの名称",
        "scheduled": "破棄日時（または予定）",
        "probe": "サービスの回答",
        "residual": "残っているもの",
        "nothing": "上記の一覧では、何も見つかりませんでした。",
        "what": "対象",
        "why": "理由",
        "until": "期日",
        "holds": "保全（ホールド）",
        "more": "ほか {n} 件は、署名付きファイルに記載しています",
        "unseen": "未確認",
        "footer": "このページは表示用です。署名されているのは JSON ファイルで、ネットワークなしで"
        "検証できます: multistore certificate verify ファイル --key 公開鍵",
        "signed": "署名",
        "digest": "署名対象の SHA-256",
        "plan": "計画",
        "log": "消去ログの項番",
    },
}
