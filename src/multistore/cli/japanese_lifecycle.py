"""The Japanese of the commands about contracts that end and about ``lifecycle``."""

from __future__ import annotations

LIFECYCLE = {
    "Note the last day of a contract. What follows from it, lifecycle run does, day by day.": (
        "契約の最終日を登録します。その後の処理は、lifecycle run が日々行います。"
    ),
    "The tenant.": "テナントの名前です。",
    "The last day of the contract, in Japan.": "契約の最終日です（日本時間）。",
    "Take the end back, until the keys are destroyed.": (
        "終了を取り消します。鍵が破棄されるまで取り消せます。"
    ),
    "Why the end is taken back.": "取り消す理由です。",
    "Who does this; else the user of this process.": (
        "担当者の名前です。省略時はこのプロセスの利用者です。"
    ),
    "Approve the erasure of a tenant, as another person than the one who noted its end.": (
        "終了を登録した方とは別の方が、テナントの消去を承認します。"
    ),
    "Show what is due when on the way to a tenant's end, and what blocks it.": (
        "テナントの終了までに、いつ何を行うか、何が妨げているかを表示します。"
    ),
    "Do what is due: contracts that end, retention that runs out.": (
        "期日の来た処理（契約の終了、保存期間の満了）を行います。"
    ),
    "Do everything that is due now. Run it every day; what was missed is made up for in order.": (
        "期日の来た処理をすべて行います。毎日実行してください。"
        "実行できなかった分は、順番どおりに取り戻します。"
    ),
    "the end of {name} is taken back": "{name} の終了を取り消しました",
    "{person} approves the erasure of {name}": "{person} が {name} の消去を承認しました",
    "no end of the contract is noted": "契約の終了は登録されていません",
    "the contract's last day is {day}, as noted by {person}": (
        "契約の最終日は {day} です（登録者: {person}）"
    ),
    "approved by {person}": "承認者: {person}",
    "the hold {name} on {subject}: {reason}": "保全 {name}（対象: {subject}）: {reason}",
    "stop the environment": "ご利用環境の停止",
    "move the keys under a KEK of their own": "専用の KEK への鍵の移動",
    "roll the key that all tenants share": "全テナント共通の鍵の更新",
    "call the destruction of the master key off": "マスター鍵の破棄予約の取り消し",
    "schedule the destruction of the master key": "マスター鍵の破棄予約",
    "confirm the destruction of a master key": "マスター鍵の破棄の確認",
    "take the keys out of the ledger": "台帳からの鍵の削除",
    "erase the data": "データの消去",
    "erase what has outlived its retention": "保存期間を満了したものの消去",
    "mirror the retention as rules of the provider": "保存期間の、事業者側の規則への反映",
    "issue a certificate anew": "証明書の再発行",
    "tell the customer of an incident": "インシデントのお客様への通知",
    "keep the head of the events elsewhere": "イベント記録の先頭値の外部保管",
    "  done     {what}": "  完了     {what}",
    "  {due}  {what}, by {by} at the latest": "  {due}  {what}（期限: {by}）",
    " - OVERDUE": " - 期限超過",
    " - waits for {what}": " - 待機中: {what}",
    "done": "完了",
    "would be done": "実行予定",
    "waits": "待機中",
    "failed, tried again by the next run": "失敗（次回の実行で再試行します）",
    "OVERDUE: ": "期限超過: ",
}
