"""Logging in by an OpenID Connect provider: authorization code with PKCE (RFC 7636)."""
