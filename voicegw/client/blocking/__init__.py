"""The client that waits for each answer. Written from `voicegw.client.aio` by `make client`."""
