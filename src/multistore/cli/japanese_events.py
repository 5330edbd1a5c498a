"""The Japanese of ``events``."""

from __future__ import annotations

EVENTS = {
    "Show what happened to tenants, holds, keys and erasures, and incidents; or do as below.": (
        "テナント、保全、鍵、消去、インシデントの記録を表示します。下のコマンドも使えます。"
    ),
    "Only what is behind this number.": "この番号より後のものだけを表示します。",
    "Go on with what happens from now on.": "これから起きることも続けて表示します。",
    "A head that was kept elsewhere, to be held against.": (
        "別の場所に保管した先頭値です。これと照合します。"
    ),
    "Verify the chain: nothing edited, missing or reordered; cut off, against a head kept.": (
        "記録の連鎖を検証します。改変、欠落、並べ替えを検出します。"
        "末尾の切り捨ては、保管した先頭値との照合で検出します。"
    ),
    "Those too of which the customer was told.": "通知済みのものも表示します。",
    "Show the incidents of which the customer must still be told, and until when.": (
        "お客様にまだ通知していないインシデントと、その期限を表示します。"
    ),
    "The incident's id, or the beginning of it.": "インシデントの ID、またはその先頭部分です。",
    "Note that the customer was told of an incident.": (
        "インシデントをお客様に通知したことを記録します。"
    ),
    "{person} has told the customer of {subject}": (
        "{person} が {subject} についてお客様に通知しました"
    ),
    "told {time}": "通知済み {time}",
    "to be told by {time}": "通知期限 {time}",
    "{count} events, whole and in order": "イベント {count} 件。欠落も改変もありません",
    "it is not what was written": "書き込まれた内容と異なります",
    "one or more events are missing": "イベントが欠落しています",
    "the events do not stand in their order": "イベントの順序が入れ替わっています",
    "the end of the chain was cut off": "記録の末尾が切り捨てられています",
    "the chain is another one than the head that was kept": (
        "保管した先頭値とは別の記録になっています"
    ),
    "event {number}: {fault}": "イベント {number}: {fault}",
    "up to event {number} as a head kept elsewhere": (
        "イベント {number} まで、別の場所に保管した先頭値と一致します"
    ),
    "no head was kept elsewhere: that the end was cut off would not show": (
        "別の場所に保管した先頭値がないため、末尾の切り捨ては検出できません"
    ),
    "keep this elsewhere: {head}": "次の値を別の場所に保管してください: {head}",
}
