"""Tell customers of incidents by e-mail, within 24 hours of their detection.

As a handler this runs at once. The mail server may be away then, or the process may die: so a
timer runs ``python -m platform_service.incidents multistore.toml`` too. An incident stays open in
the ledger until its mail was taken; one that nobody could send is overdue after its deadline, and
``multistore lifecycle run`` ends with 7.
"""

from __future__ import annotations

import os
import smtplib
import sys
from datetime import timedelta, timezone
from email.message import EmailMessage
from typing import TYPE_CHECKING

import multistore
from platform_service import records

if TYPE_CHECKING:
    from datetime import datetime

    from multistore.ledger.incidents import IncidentRow

JST = timezone(timedelta(hours=9))
SENDER = "security@platform.example.jp"


def tell(vault: multistore.Vault) -> int:
    """Send what is still to be told; how many incidents were."""
    told = 0
    for incident in vault.events.incidents():
        to = records.contacts(incident.tenant)
        if not to:
            continue  # it stays open, and becomes overdue: somebody must look
        with smtplib.SMTP(*_server(), timeout=30) as smtp:
            refused = smtp.send_message(_mail(incident), SENDER, to)
        if refused:
            continue
        # Only now: where two processes send at once, a customer is told twice, and never not.
        try:
            vault.events.notified(incident.id, by=SENDER)
        except multistore.ConflictError:
            continue
        told += 1
    return told


def _mail(incident: IncidentRow) -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = SENDER
    mail["To"] = "undisclosed-recipients:;"  # one customer does not see the others
    mail["Subject"] = "【重要】お預かりしているデータについてのお知らせ"
    mail["X-Incident"] = incident.id
    mail.set_content(
        f"""お客様各位

お預かりしているデータについて、次の事象を検知しましたのでお知らせします。

対象　　: {incident.address or "ストア " + incident.store + " のデータ"}
事象　　: {_WHAT[incident.kind]}
検知日時: {_japan(incident.detected_at)}

このお知らせは、検知から 24 時間以内（{_japan(incident.notify_by)} まで）にお送りするものです。
詳細がわかり次第、あらためてご連絡します。
"""
    )
    return mail


_WHAT = {
    "integrity": "保管中のデータが、保存時のものと一致しませんでした（データは提供していません）",
    "residency": "保管場所が日本国内であることを確認できませんでした（送受信を停止しています）",
}


def _japan(moment: datetime) -> str:
    return f"{moment.astimezone(JST):%Y 年 %m 月 %d 日 %H:%M}（日本時間）"


def _server() -> tuple[str, int]:
    host, _, port = os.environ.get("PLATFORM_SMTP", "localhost:25").partition(":")
    return host, int(port)


if __name__ == "__main__":
    with multistore.open(sys.argv[1]) as opened:
        print(f"{tell(opened)} incidents told")
