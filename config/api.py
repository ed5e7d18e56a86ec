"""The section of the HTTP API: where it listens, whom it believes, how people stay logged in."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from pydantic import Field

from config import values
from config.sections import HostPort, Network, RoleName, Section


class ApiSettings(Section):
    """The HTTP API."""

    listen: HostPort = Field(default="127.0.0.1:8080", description="Address to listen on.")
    public_url: str = Field(
        default="",
        pattern=r"^(https?://\S+)?$",
        description="Address that others reach it by. Empty: http:// and listen. With https:// "
        "the session's cookie is sent over TLS only.",
    )
    node_url: str = Field(
        default="",
        pattern=r"^(https?://[^\s/?#@]+)?$",
        description="Address (scheme, host, port) at which other nodes on the same store reach "
        "this one, to pass on requests about its calls. Empty: http:// and listen where that is "
        "an address that others reach; else no requests are passed to this node.",
    )
    console: bool = Field(
        default=True,
        description="Whether the web console is served at /. It needs the address's root: a proxy "
        "may not add a path to it. false: for a node whose address is for programs only.",
    )
    trusted_proxies: list[Network] = Field(
        default=[],
        description="Networks of proxies whose X-Forwarded-For and X-Forwarded-Proto are "
        "believed; of all others they are ignored.",
    )
    session_hours: int = Field(
        default=12, ge=1, le=24 * 31, description="Hours for which a login lasts."
    )
    session_idle_min: int = Field(
        default=60,
        ge=5,
        le=60 * 24 * 31,
        description="Minutes without a request after which a login ends before its time.",
    )
    require_totp_for: list[RoleName] = Field(
        default=[],
        description="Roles whose people need a second factor: until they have set one up, a login "
        "by password lets them do nothing else.",
    )
    key_file: str = Field(
        default="",
        description="File with the keys that encrypt second factors and the secrets of "
        "webhooks in the store (voicegw "
        "recordings new-key makes one). Empty: they are not encrypted.",
    )

    requests_per_s: float = Field(
        default=300.0,
        ge=0,
        le=100_000,
        description="Requests a second that one key or login may send in the long run; a key may "
        "have its own. 0: any number.",
    )
    burst: int = Field(
        default=600, ge=1, le=1_000_000, description="Requests that one key may send at once."
    )
    unauthenticated_per_s: float = Field(
        default=20.0,
        ge=0,
        le=100_000,
        description="Requests a second from one address without a valid key. 0: any number.",
    )
    unauthenticated_burst: int = Field(
        default=200,
        ge=1,
        le=1_000_000,
        description="Requests at once from one address without a valid key.",
    )

    max_connections: int = Field(
        default=1000,
        ge=10,
        le=100_000,
        description="Connections at once. When they are taken, the one that has waited longest "
        "for a request ends; where all are at work, a new one is refused.",
    )
    max_connections_per_address: int = Field(
        default=250,
        ge=1,
        le=100_000,
        description="Connections at once from one address, or one /64 of IPv6, that is no "
        "trusted proxy's.",
    )

    @property
    def address(self) -> tuple[str, int]:
        """`listen` as host and port."""
        return values.parse_host_port(self.listen)

    @property
    def node_address(self) -> str | None:
        """Where other nodes reach the API; None: nowhere."""
        if self.node_url:
            return self.node_url
        host, port = self.address
        try:
            own = ip_address(host)
        except ValueError:  # a name may mean another machine to another machine
            return None
        if own.is_loopback or own.is_unspecified or own.is_link_local or port == 0:
            return None
        return f"http://[{own}]:{port}" if own.version == 6 else f"http://{own}:{port}"

    @property
    def proxies(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """`trusted_proxies`, parsed."""
        return tuple(ip_network(text) for text in self.trusted_proxies)
