"""Signalling: SIP transactions, dialogs, sessions, digest, registrar and trunks (RFC 3261)."""
