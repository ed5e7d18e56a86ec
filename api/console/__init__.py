"""The web console that a node serves at `/`: the built bundle, its headers, and who gets it.

The source is in `console/`; `make console` builds it into `api/console/bundle`. It uses the public
API like any other client, so nothing here answers with data.
"""
