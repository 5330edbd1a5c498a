"""The Japanese of ``check``; the English is the key."""

from __future__ import annotations

CHECK = {
    "Check with evidence that data is in Japan, sealed, not exposed and erasable.": (
        "データが日本国内にあり、暗号化され、公開されておらず、消去できることを、証拠とともに"
        "点検します。"
    ),
    "Stores of the configuration; else all.": "設定にあるストアです。省略時はすべてです。",
    "Look at every bucket of the account as well.": (
        "設定にないものも含め、アカウントのすべてのバケットを点検します。"
    ),
    "text, json, sarif, junit, html or ocsf.": (
        "報告書の形式です。text、json、sarif、junit、html、ocsf から選びます。"
    ),
    "Write the report to a file.": "報告書をファイルに書き出します。",
    "Only failures of this severity or worse end with 1: critical to info.": (
        "この重要度以上の不適合だけを終了コード 1 とします。critical から info までです。"
    ),
    "List every rule, and look at nothing.": "点検はせず、すべての規則を一覧します。",
    "Tell all about one rule.": "一つの規則を詳しく説明します。",
    "Judge the configuration alone, without any request.": (
        "どこにも問い合わせず、設定だけを判定します。"
    ),
    "checking": "点検中",
    "the check stopped: {why}": "点検を続けられませんでした: {why}",
}
