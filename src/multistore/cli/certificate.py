"""``certificate``: show, verify and list what erasures have certified."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from multistore.cli import destination, messages, output
from multistore.cli.options import DEFAULT_CONFIG, Config, Json, opened
from multistore.errors import InvalidArgumentError
from multistore.harmless import visible_json

if TYPE_CHECKING:
    from multistore.erasure.certificate import Certificate

app = typer.Typer(help="Show, verify and list the certificates of erasures.")


@app.command()
def show(
    certificate: Annotated[
        str, typer.Argument(metavar="ID|FILE", help="A certificate's id, or its file.")
    ],
    *,
    html: Annotated[
        Path | None,
        typer.Option("--html", metavar="FILE", help="Write it as one page that prints well."),
    ] = None,
    config: Config = DEFAULT_CONFIG,
    json_lines: Json = False,
) -> None:
    """Show a certificate: on the terminal, as its own JSON, or as a page for print."""
    if html is not None:
        destination.require_file_name(html)
    found = _found(certificate, config)
    if html is not None:
        from multistore.erasure.page import page  # noqa: PLC0415 - only the page needs it

        destination.replace_file(html, page(found, "ja" if messages.language() == "ja" else "en"))
        output.line(messages.say("written to {path}", path=str(html)))
    elif json_lines:
        output.text(visible_json(found.to_json()))
    else:
        _show(found)
    output.flush()


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The certificate.")],
    *,
    key: Annotated[
        Path, typer.Option("--key", metavar="FILE", help="The issuer's public key, in PEM.")
    ],
    json_lines: Json = False,
) -> None:
    """Check a certificate with nothing but its file and the issuer's public key."""
    from multistore.erasure.certificate import Certificate  # noqa: PLC0415 - only here
    from multistore.erasure.signing import key_id, public_key  # noqa: PLC0415 - as above

    trusted = public_key(_read(key), str(key))
    found = Certificate.from_json(_read(file))
    found.verify(trusted)
    if json_lines:
        output.record({"certificate": found.id, "status": found.status, "kid": key_id(trusted)})
    else:
        output.line(
            messages.say(
                "genuine: certificate {id}, {status}, signed by {kid}",
                id=found.id,
                status=found.status,
                kid=key_id(trusted),
            )
        )


@app.command("list")
def list_(*, config: Config = DEFAULT_CONFIG, json_lines: Json = False) -> None:
    """List the certificates that this vault has issued."""
    with opened(config) as vault:
        for found in vault.erasing.certificates():
            said = found.payload
            if json_lines:
                output.record(
                    {
                        "certificate": found.id,
                        "status": found.status,
                        "subject": said["subject"]["name"],
                        "issued_at": said["issued_at"],
                        "reissue_at": said["reissue_at"],
                    }
                )
            else:
                output.line(
                    f"{found.id}  {said['issued_at']}  {found.status}  {said['subject']['name']}"
                )
        output.flush()


@app.command()
def key(*, config: Config = DEFAULT_CONFIG) -> None:
    """Write the public key that verifies this vault's certificates, in PEM."""
    from multistore.erasure.signing import public_pem  # noqa: PLC0415 - only here

    with opened(config) as vault:
        output.text(public_pem(vault.erasing.signer().public))


def _found(certificate: str, config: Path) -> Certificate:
    file = Path(certificate)
    if file.is_file():
        from multistore.erasure.certificate import Certificate  # noqa: PLC0415 - only here

        return Certificate.from_json(_read(file))
    with opened(config) as vault:
        return vault.erasing.certificate(certificate)


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise InvalidArgumentError(f"{file} cannot be read: {error.strerror}") from None


def _show(certificate: Certificate) -> None:
    say = messages.say
    said = certificate.payload
    people = said["verification"]
    rows = [
        (say("certificate"), certificate.id),
        (say("status"), _status(certificate.status)),
        (say("issued"), said["issued_at"]),
        (say("due again"), said["reissue_at"]),
        (say("subject"), said["subject"]["name"]),
        (say("reason"), said["reason"]),
        (say("method"), _method(said["standard"])),
        (say("performed by"), people["performed_by"]),
        (say("validated by"), people["validated_by"]),
        (say("signed by"), ", ".join(one["kid"] for one in certificate.signatures)),
    ]
    for name, value in rows:
        output.line(f"{name}: {value or '-'}")
    output.line(
        say("NOT VERIFIED: shown as it is, its signature unchecked; certificate verify does")
    )
    for medium in said["media"]:
        output.line(f"{medium['store']} ({medium['provider']}, {medium['bucket']}):")
        for kind, before in medium["before"].items():
            after = medium["after"][kind]
            if kind != "listing_digest" and (before or after != 0):
                left = say("not looked at") if after is None else f"{after:,}"
                output.line(f"  {messages.in_words(kind)}: {before:,} -> {left}")
    for kek in said["kek_destruction"]:
        probe = messages.in_words(kek["probe"])
        output.line(f"KEK {kek['number']} ({kek['kind']}): {kek['key_id']}: {probe}")
    for left in said["residual"]:
        until = f" ({left['until']})" if left["until"] else ""
        what, why = messages.in_words(left["what"]), messages.in_words(left["why"])
        output.line(say("remains: {what}: {why}", what=what, why=why) + until)


def _status(code: str) -> str:
    if messages.language() != "ja":
        return code
    from multistore.erasure.page_texts import TEXTS  # noqa: PLC0415 - only here

    words = TEXTS["ja"]["statuses"].get(code)
    return f"{code}（{words[0]}）" if words else code


def _method(standard: dict[str, str]) -> str:
    told = f"{standard['method']}: {standard['technique']}"
    if messages.language() != "ja":
        return told
    from multistore.erasure.page_texts import TEXTS  # noqa: PLC0415 - only here

    words: str = TEXTS["ja"]["methods"].get(standard["method"], told)
    return words
