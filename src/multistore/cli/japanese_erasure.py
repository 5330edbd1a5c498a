"""The Japanese of ``erase``, ``certificate`` and the holds; the English is the key."""

from __future__ import annotations

ERASURE = {
    (
        "Erase every version, marker, copy and unfinished upload, look again, and certify it.\n\n"
        "It cannot be undone: show the plan with --dry-run first, then execute it with --plan "
        "DIGEST."
    ): (
        "すべての版・削除マーカー・複製・未完了のアップロードを消去し、改めて確認して証明書を"
        "発行します。\n\n元に戻せません。まず --dry-run で計画を確認し、--plan ダイジェスト "
        "で実行してください。"
    ),
    "Why; it is kept with the record.": "理由。記録とともに残ります。",
    "Who does it; else the user of this machine.": ("実施者。省略時は、このマシンの利用者です。"),
    "tenant/collection/key, or a prefix that ends with /: tenant/ is all of it.": (
        "テナント/コレクション/キー、または / で終わる接頭辞。テナント/ はそのすべてです。"
    ),
    "Why; it stands in the certificate.": "理由。証明書に記載されます。",
    "Show the plan and its digest, and change nothing.": (
        "計画とそのダイジェストを表示します。何も変更しません。"
    ),
    "Execute exactly this plan, or nothing.": "この計画だけを実行します。違えば何もしません。",
    "Erase whatever is there, without a plan shown before.": (
        "計画を事前に確認せず、そこにあるものをすべて消去します。"
    ),
    "Where the certificate is written.": "証明書の書き出し先。",
    "held by {name}": "保全中: {name}",
    "not looked at: {store} {what}: {why}": "確認できません: {store} {what}: {why}",
    "the plan is not whole: not everything could be looked at": (
        "この計画は完全ではありません。確認できなかったものがあります。"
    ),
    "not ours, and left: {store} {what} {path}": (
        "multistore のものではないため残します: {store} {what} {path}"
    ),
    "{count} versions, {size} bytes; plan {digest}": "{count} 件、{size} バイト、計画 {digest}",
    "{count} erased; certificate {id}: {status}": (
        "{count} 件を消去しました。証明書 {id}: {status}"
    ),
    "the rest goes later: multistore certificate show {id}": (
        "残りは後日消去されます。内訳: multistore certificate show {id}"
    ),
    "Show, verify and list the certificates of erasures.": ("消去証明書を表示、検証、一覧します。"),
    "Show a certificate: on the terminal, as its own JSON, or as a page for print.": (
        "証明書を、端末、JSON、または印刷用のページとして表示します。"
    ),
    "A certificate's id, or its file.": "証明書番号、またはそのファイル。",
    "Write it as one page that prints well.": "印刷に適した 1 ページとして書き出します。",
    "Check a certificate with nothing but its file and the issuer's public key.": (
        "証明書を、そのファイルと発行者の公開鍵だけで検証します。"
    ),
    "The certificate.": "証明書のファイル。",
    "The issuer's public key, in PEM.": "発行者の公開鍵（PEM）。",
    "genuine: certificate {id}, {status}, signed by {kid}": (
        "真正です: 証明書 {id}、{status}、署名者 {kid}"
    ),
    "List the certificates that this vault has issued.": (
        "この保管庫が発行した証明書を一覧します。"
    ),
    "Write the public key that verifies this vault's certificates, in PEM.": (
        "この保管庫の証明書を検証するための公開鍵を、PEM で出力します。"
    ),
    "certificate": "証明書",
    "status": "状態",
    "issued": "発行",
    "due again": "再発行の予定",
    "subject": "対象",
    "reason": "理由",
    "method": "方法",
    "performed by": "実施者",
    "validated by": "確認者",
    "signed by": "署名",
    "NOT VERIFIED: shown as it is, its signature unchecked; certificate verify does": (
        "【未検証】署名を確認せずに、内容をそのまま表示しています。"
        "確認には certificate verify を使ってください。"
    ),
    "not looked at": "未確認",
    "remains: {what}: {why}": "残存: {what}: {why}",
    "The hold's name, such as a case number.": "保全の名前。事件番号など。",
    "The tenant's name.": "テナントの名前。",
    "tenant/, tenant/collection/, a prefix with / or an address.": (
        "テナント/、テナント/コレクション/、/ で終わる接頭辞、またはアドレス。"
    ),
    "Forbid to destroy or to write over anything of a subject, until the hold is released.": (
        "保全が解除されるまで、対象の消去・削除・上書きを禁止します。"
    ),
    "Release a hold by its name.": "名前を指定して、保全を解除します。",
    "One tenant; else all.": "テナント。省略時はすべて。",
    "Those that were released too.": "解除済みのものも表示します。",
    "List the holds: what they cover, why, and who placed them.": (
        "保全を一覧します（対象、理由、設定者）。"
    ),
    "released by {who}": "解除: {who}",
}
