"""The wire's shapes: what requests may hold, and what answers look like in the OpenAPI document.

Requests are validated by these models. Answers are rendered by `api.views` straight from the domain
records, because that is several times faster; tests hold the two together.
"""
