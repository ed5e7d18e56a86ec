"""Events posted to receivers, as Standard Webhooks says (https://www.standardwebhooks.com).

Signing, retries and what a receiver has to do: docs/webhooks.md. The outlet is
:class:`~voicegw.events.webhooks.outlet.WebhookOutlet`; it notes in the store which event goes to
which webhook (`fan_out`), and has a sender for each webhook that has something to send.
"""
