"""The Japanese of the command ``keys``; the English is the key."""

from __future__ import annotations

KEYS = {
    "Look after the keys: status, roll, backup, restore.": (
        "鍵を管理します（状態の確認、更新、バックアップ、復元）。"
    ),
    "Show every KEK, what the key service says of it, and how many keys need it.": (
        "すべての KEK について、鍵サービス上の状態と、それを必要とする鍵の数を表示します。"
    ),
    (
        "Put every key under a new KEK, and end the old master key. Run it again until it is "
        "done.\n\nCures a leaked KEK or master key, not a leaked key of a tenant: objects stay "
        "as they are."
    ): (
        "すべての鍵を新しい KEK で包み直し、古いマスター鍵を終わらせます。完了するまで繰り返し"
        "実行できます。\n\nKEK やマスター鍵の漏えいに効きます。オブジェクトは変わらないため、"
        "テナントの鍵の漏えいには効きません。"
    ),
    "Write the whole key ledger to one authenticated file. Keep it apart from everything else.": (
        "鍵の台帳全体を、認証付きの一つのファイルに書き出します。ほかのものとは別に保管してください。"
    ),
    "Put the newest key backup in the place of a lost or older ledger.": (
        "失われた台帳、または古い台帳を、最新の鍵バックアップで置き換えます。"
    ),
    "Say what would be done, and do nothing.": "何をするかを示すだけで、実行はしません。",
    "The key backup.": "鍵バックアップのファイル。",
    "Open every key, to prove that each can be had.": (
        "すべての鍵を実際に開き、取り出せることを確かめます。"
    ),
    "Where the key backup goes.": "鍵バックアップの書き出し先。",
    "How long the old master key is only disabled, before its end is scheduled.": (
        "破棄の予約までに、無効のまま待つ時間。"
    ),
    "From scheduling to destruction; by default the key service's shortest.": (
        "予約から破棄までの日数。省略時は最短の日数です。"
    ),
    "opening keys": "鍵を開いています",
    "writing rows": "書き出しています",
    "reading rows": "読み込んでいます",
    "would wrap {keys} keys under KEK {new}, and end KEK {old}": (
        "{keys} 個の鍵を KEK {new} で包み直し、KEK {old} を終わらせる予定です"
    ),
    "the old master key is disabled; run this again after {time}": (
        "古いマスター鍵は無効化済みです。{time} 以降にもう一度実行してください"
    ),
    "the old master key ends at {time}": "古いマスター鍵の破棄日時は {time} です",
    "there was no old master key to end": "終わらせるべき古いマスター鍵はありませんでした",
    "KEK {kek} is current; {keys} keys verified under it; {end}": (
        "現在の KEK は {kek} です。{keys} 個の鍵をこの KEK で検証しました。{end}"
    ),
    "would write {keys} keys to {path}": "{keys} 個の鍵を {path} に書き出す予定です",
    "{keys} keys written to {path}": "{keys} 個の鍵を {path} に書き出しました",
    "would restore {keys} keys of {time}": "{time} 時点の {keys} 個の鍵を復元する予定です",
    "restored {keys} keys of {time}; {opened} opened": (
        "{time} 時点の {keys} 個の鍵を復元し、{opened} 個を実際に開きました"
    ),
    "KEK {number} cannot be had: {why}": "KEK {number} は取り出せません: {why}",
    "ledger": "台帳",
    "key service": "鍵サービス",
    "attests destructions": "破棄を証明できます",
    "attests nothing": "破棄を証明できません",
    "tenants": "テナント",
    "scopes": "鍵の区分",
    "in the ledger only": "台帳の中のみ",
    "erasure log": "消去ログ",
    "last key backup": "最後の鍵バックアップ",
    "never": "なし",
    "needed by {keys} keys": "{keys} 個の鍵が使用中",
    "all of them open": "すべて開けました",
}
