"""Kamailio as a carrier's proxy (TCP to the gateway, UDP to telephones), or at a network's edge."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

from tests.parts.needs import need
from tests.parts.node import wait_for
from tests.parts.sipp import is_bound

#: What all of them begin with.
_HEAD = """\
#!KAMAILIO
debug=1
log_stderror=yes
children=2
auto_aliases=no
dns=no
rev_dns=no
listen=udp:{host}:{port}
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "siputils.so"
loadmodule "textops.so"
"""

#: It stays in the way of every later request (Record-Route, once for each transport), challenges
#: nobody and knows two directions: what the gateway sends goes to the telephones, the rest to it.
CARRIER = (
    _HEAD
    + """\
tcp_children=1
tcp_source_ipv4={host}
listen=tcp:{host}:{port}
request_route {{
  if (!mf_process_maxfwd_header("10")) {{ sl_send_reply("483", "Too Many Hops"); exit; }}
  if (is_method("OPTIONS") && uri==myself) {{ sl_send_reply("200", "OK"); exit; }}
  if (is_method("CANCEL")) {{ if (t_check_trans()) t_relay(); exit; }}
  if (has_totag()) {{
    if (!loose_route()) {{
      # A request within a dialog that left its route out.
      if (is_method("ACK") && t_check_trans()) {{ t_relay(); exit; }}
      if (!is_method("ACK")) sl_send_reply("404", "Not here");
      exit;
    }}
    t_relay();
    exit;
  }}
  t_check_trans();
  if (!is_method("INVITE")) {{ sl_send_reply("405", "Method Not Allowed"); exit; }}
  record_route();
  if (src_ip == {gateway_host}) {{
    $ru = "sip:" + $rU + "@{phones}";
  }} else {{
    $ru = "sip:" + $rU + "@{gateway_host}:{gateway_port};transport=tcp";
  }}
  if (!t_relay()) sl_reply_error();
}}
"""
)

#: Telephones register through it: it names itself as their Path (RFC 3327), and follows routes.
EDGE = (
    _HEAD
    + """\
loadmodule "path.so"
request_route {{
  if (!mf_process_maxfwd_header("10")) {{ sl_send_reply("483", "Too Many Hops"); exit; }}
  if (is_method("CANCEL")) {{ if (t_check_trans()) t_relay(); exit; }}
  t_check_trans();
  if (is_method("REGISTER")) {{
    add_path();
    $du = "sip:{gateway_host}:{gateway_port}";
  }} else {{
    loose_route();
    if (is_method("INVITE") && !has_totag()) record_route();
  }}
  if (!t_relay()) sl_reply_error();
}}
"""
)

#: A carrier with an account for the gateway: REGISTER and INVITE of the gateway are challenged with
#: the password `secret`, others' calls go to the Contact that the gateway has registered.
REGISTRAR = (
    _HEAD
    + """\
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "auth.so"
request_route {{
  if (!mf_process_maxfwd_header("10")) {{ sl_send_reply("483", "Too Many Hops"); exit; }}
  if (is_method("OPTIONS") && uri==myself) {{ sl_send_reply("200", "OK"); exit; }}
  if (is_method("CANCEL")) {{ if (t_check_trans()) t_relay(); exit; }}
  if (has_totag()) {{
    if (loose_route()) t_relay();
    else if (is_method("ACK") && t_check_trans()) t_relay();
    exit;
  }}
  t_check_trans();
  if (is_method("REGISTER")) {{
    if (!pv_www_authenticate("carrier", "secret", "0")) {{ www_challenge("carrier", "1"); exit; }}
    save("location");
    exit;
  }}
  if (src_ip == {gateway_host}) {{
    if (!pv_proxy_authenticate("carrier", "secret", "0")) {{
      proxy_challenge("carrier", "1");
      exit;
    }}
    consume_credentials();
    $ru = "sip:" + $rU + "@{phones}";
  }} else {{
    $rU = "account";
    if (!lookup("location")) {{ sl_send_reply("404", "Not Found"); exit; }}
  }}
  record_route();
  if (!t_relay()) sl_reply_error();
}}
"""
)


class Kamailio:
    """One Kamailio, on one port for UDP and TCP."""

    def __init__(
        self,
        folder: Path,
        *,
        host: str,
        port: int,
        gateway: tuple[str, int],
        phones: str = "",
        config: str = CARRIER,
    ) -> None:
        """Start it between the `gateway` (host and port) and `phones` (host:port).

        As :data:`EDGE` it needs no `phones`: their Contacts say where they are.
        """
        need("kamailio", "kamailio")
        folder.mkdir()
        self._log = folder / "kamailio.log"
        file = folder / "kamailio.cfg"
        file.write_text(
            config.format(
                host=host,
                port=port,
                gateway_host=gateway[0],
                gateway_port=gateway[1],
                phones=phones,
            )
        )
        command = ["kamailio", "-f", str(file), "-DD", "-E", "-m", "32", "-M", "8"]
        with self._log.open("wb") as out:
            self.process = subprocess.Popen(
                [*command, "-Y", str(folder)], stdin=subprocess.DEVNULL, stdout=out, stderr=out
            )
        try:
            wait_for("Kamailio listening", lambda: self._listens(host, port))
        except AssertionError:
            self.stop()
            raise AssertionError(f"Kamailio: {self.trouble()}") from None

    def _listens(self, host: str, port: int) -> bool:
        return self.process.poll() is not None or is_bound(host, port)

    def trouble(self) -> str:
        """Return what it complained of."""
        return self._log.read_text(errors="replace")[-3000:]

    def stop(self) -> None:
        """End it and its children."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(5)
