"""The section of mail: reports are sent by it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, SecretStr

from config.sections import Secret, Section


class MailSettings(Section):
    """Mail, by which scheduled reports are sent."""

    server: str = Field(
        default="", description="Host name of the mail server. Empty: no mail is sent."
    )
    port: int = Field(default=587, ge=1, le=65_535, description="Its port.")
    tls: Literal["starttls", "tls", "none"] = Field(
        default="starttls",
        description="Encryption: starttls (required, else nothing is sent), tls from the first "
        "byte (often port 465), or none, with which no password is sent either.",
    )
    ca_file: str = Field(
        default="",
        description="PEM file of the authorities that its certificate may be from. Empty: the "
        "machine's.",
    )
    user: str = Field(default="", description="Login at the server. Empty: none.")
    password: Secret = Field(
        default=SecretStr(""),
        description="Its password; better password_file, a file that holds it.",
    )
    sender: str = Field(
        default="",
        pattern=r"^([^@\s<>]+@[^@\s<>]+)?$",
        description="Address that mails come from.",
    )
    recipient_domains: list[str] = Field(
        default=[],
        description="Domains that reports may be mailed to, such as example.com. Empty: any.",
    )
    timeout_s: float = Field(
        default=30, gt=0, le=300, description="Seconds that the server may take for an answer."
    )
