"""The client for asyncio. `voicegw.client.blocking` is written from it by `make client`."""
