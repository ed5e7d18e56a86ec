"""Texts of messages in the store: what operators have put in place of the shipped ones."""

from __future__ import annotations

from voicegw.model.sms_template import SmsTemplate
from voicegw.store import schema
from voicegw.store.database import Database
from voicegw.store.named_documents import NamedDocumentRepository


class SmsTemplateRepository(NamedDocumentRepository[SmsTemplate]):
    """Texts by kind and group; what is in force is told by :mod:`voicegw.sms.templates`."""

    def __init__(self, database: Database) -> None:
        """Work on `database`, which the caller opens and closes."""
        super().__init__(database, schema.sms_templates, SmsTemplate, "sms-template")
