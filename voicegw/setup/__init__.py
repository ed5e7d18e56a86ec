"""The composition root's parts: what the configuration means for each area of the node.

`voicegw.app` puts them together. Each module builds one area, and tells how it does: its figures
for `/metrics`, its state for the health routes.
"""
