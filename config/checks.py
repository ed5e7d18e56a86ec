"""What no single key shows: keys that contradict each other, or have no effect. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import ip_network

from config import values
from config.sections import Section
from config.settings import Settings
from config.sms import SMS_PLACEHOLDERS
from voicegw.model.call import PHONE
from voicegw.model.numbers import normalise

_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True, slots=True)
class Fault:
    """One contradiction: the key to change, what is wrong and what mends it."""

    key: tuple[str | int, ...]
    what: str
    mend: str


def contradictions(settings: Settings) -> list[Fault]:
    """Return everything in `settings` that is right by itself but not together."""
    return [
        *_listening(settings),
        *_session_timers(settings),
        *_tls(settings),
        *_trunks(settings),
        *_ways(settings),
        *_registrar(settings),
        *_defence(settings),
        *_sound(settings),
        *_policy(settings),
        *_outlets(settings),
        *_oidc(settings),
        *_media(settings),
        *_speech(settings),
        *_transcription(settings),
        *_storage(settings),
        *_retention(settings),
        *_mail(settings),
    ]


@dataclass(frozen=True, slots=True)
class Idle:
    """A key that was changed and has no effect, and what happens instead."""

    key: str
    instead: str


def without_effect(settings: Settings) -> list[Idle]:
    """Return the keys that differ from their defaults and do nothing as the rest is set."""
    found = list(_switched_off(settings))
    if settings.registrar.user and not settings.registrar.enabled:
        found.append(Idle("registrar.user", "registrar.enabled is false, so none may register"))
    return found


#: Where speech is recognised by nothing, these are read by nobody.
_OF_RECOGNITION = ("model", "workers", "vocabulary", "prompt")


def _switched_off(settings: Settings) -> Iterator[Idle]:
    """Yield the keys whose effect another key has switched off."""
    recording = settings.recording
    if not recording.storage.startswith("s3://"):
        keys = type(settings.storage).model_fields
        yield from _changed(
            "storage", settings.storage, keys, "recording.storage is no s3:// address"
        )
    if not recording.is_remote:
        yield from _changed("recording", recording, ["local_days"], "recordings stay on the node")
    if settings.transcription.engine == "none":
        what = "transcription.engine is none"
        yield from _changed("transcription", settings.transcription, _OF_RECOGNITION, what)
    if not settings.dial_through.enabled:
        keys = type(settings.dial_through).model_fields
        what = "dial_through.enabled is false"
        yield from _changed("dial_through", settings.dial_through, set(keys) - {"enabled"}, what)
    if settings.mqtt.broker is None:
        keys = type(settings.mqtt).model_fields
        what = "mqtt.url names no broker"
        yield from _changed("mqtt", settings.mqtt, set(keys) - {"url", "commands"}, what)
    if not settings.oidc.issuer:
        keys = type(settings.oidc).model_fields
        yield from _changed("oidc", settings.oidc, set(keys) - {"issuer"}, "oidc.issuer is empty")
    if not settings.tracing.endpoint:
        keys = type(settings.tracing).model_fields
        what = "tracing.endpoint is empty"
        yield from _changed("tracing", settings.tracing, set(keys) - {"endpoint"}, what)
    yield from _unsent(settings)
    if not settings.network.enabled:
        what = "network.enabled is false"
        yield from _changed("network", settings.network, ["announcements"], what)


def _unsent(settings: Settings) -> Iterator[Idle]:
    """Yield keys of short messages that the provider has no use for."""
    provider = settings.sms.provider
    what = f"sms.provider is {provider}"
    if provider == "none":
        keys = set(type(settings.sms).model_fields) - {"provider"}
        yield from _changed("sms", settings.sms, keys, what)
    elif provider != "http":
        yield from _changed("sms", settings.sms, ["url", "token"], what)
    if provider != "http":
        yield from _changed(
            "sms_http", settings.sms_http, type(settings.sms_http).model_fields, what
        )
    if provider != "smpp":
        yield from _changed(
            "sms_smpp", settings.sms_smpp, type(settings.sms_smpp).model_fields, what
        )


def _changed(name: str, section: Section, keys: Iterable[str], instead: str) -> Iterator[Idle]:
    for key in keys:
        if getattr(section, key) != type(section).model_fields[key].default:
            yield Idle(f"{name}.{key}", instead)


def _listening(settings: Settings) -> Iterator[Fault]:
    addresses = [values.parse_listen(text) for text in settings.sip.listen]
    api_host, api_port = settings.api.address
    rtp = values.parse_ports(settings.media.ports)
    for index, address in enumerate(addresses):
        key = ("sip", "listen", index)
        if address.port and address in addresses[:index]:
            yield Fault(key, "is listed twice", "remove one of them")
        hosts = {address.host, api_host}
        same_host = len(hosts) == 1 or not hosts.isdisjoint({"0.0.0.0", "::"})  # noqa: S104
        if address.transport != "udp" and address.port and address.port == api_port and same_host:
            yield Fault(key, "is the port of api.listen too", "choose another port for one of them")
        if address.transport == "udp" and address.port in rtp:
            yield Fault(key, "lies within media.ports", "choose another port or another range")


def _session_timers(settings: Settings) -> Iterator[Fault]:
    sip = settings.sip
    if 0 < sip.session_expires_s < sip.min_se_s:
        mend = f"choose 0 or at least {sip.min_se_s}"
        yield Fault(("sip", "session_expires_s"), "is shorter than sip.min_se_s", mend)


def _mail(settings: Settings) -> Iterator[Fault]:
    mail = settings.mail
    if mail.server and not mail.sender:
        yield Fault(("mail", "server"), "has nobody to send as", "add sender = …")
    if mail.password.get_secret_value() and not mail.user:
        yield Fault(("mail", "password"), "has no user", "add user = …")
    if mail.user and mail.tls == "none":
        what = "would be sent with its password for everybody to read"
        yield Fault(("mail", "user"), what, "choose starttls or tls, or take the user out")


def _retention(settings: Settings) -> Iterator[Fault]:
    retention = settings.retention
    for key in retention.too_short:
        what = "ends before a month is over and its figures are final"
        yield Fault(("retention", key), what, "choose 0 or at least 31")
    for key, days in (("calls_days", retention.calls_days), ("tasks_days", retention.tasks_days)):
        if 0 < days <= retention.anonymise_days:
            what = f"deletes them before they would be made anonymous, {key} being no longer"
            yield Fault(("retention", "anonymise_days"), what, f"choose 0 or less than {days}")
            return


def _tls(settings: Settings) -> Iterator[Fault]:
    sip = settings.sip
    if not sip.tls_cert:
        for index, text in enumerate(sip.listen):
            if values.parse_listen(text).transport == "tls":
                key = ("sip", "listen", index)
                yield Fault(key, "has no certificate", "add tls_cert = … and tls_key = …")
        if sip.tls_key:
            yield Fault(("sip", "tls_key"), "has no certificate", "add tls_cert = …")
    if sip.tls_verify_peers and not sip.tls_ca:
        what = "has no authority to ask"
        yield Fault(("sip", "tls_verify_peers"), what, "add tls_ca = …")


#: The shortest prefix of a trunk's source, by IP version: 10.0.0.0/8 may be one company's.
_WIDEST = {4: 8, 6: 16}
#: A server has as long to answer an OPTIONS.
_SHORTEST_OPTIONS_S = 5


def _trunks(settings: Settings) -> Iterator[Fault]:
    for index in _repeated([trunk.name for trunk in settings.trunk]):
        yield Fault(("trunk", index, "name"), "another trunk has this name", "name them apart")
    for index, trunk in enumerate(settings.trunk):
        key = ("trunk", index)
        if trunk.name == PHONE:
            yield Fault((*key, "name"), "is what registered telephones go by", "name it otherwise")
        if 0 < trunk.options_s < _SHORTEST_OPTIONS_S:
            what = "asks the carrier for signs of life all the time"
            yield Fault((*key, "options_s"), what, f"choose 0 or at least {_SHORTEST_OPTIONS_S}")
        has_password = bool(trunk.password.get_secret_value())
        if has_password and not trunk.username:
            yield Fault((*key, "password"), "has no user name", "add username = …")
        if trunk.username and not has_password:
            yield Fault((*key, "username"), "has no password", "add password_file = …")
        if trunk.register_ and not trunk.username:
            yield Fault((*key, "register"), "has no user name", "add username = …")
        if not set(trunk.codecs) & set(settings.media.codecs):
            yield Fault((*key, "codecs"), "has none of media.codecs", "name one of them here")
        for position, text in enumerate(trunk.sources):
            network = ip_network(text)
            if network.prefixlen < _WIDEST[network.version]:
                what = "is nearly everybody, who could then call unasked and never be banned"
                yield Fault((*key, "sources", position), what, "name the carrier's own networks")
        for position, number in enumerate(trunk.numbers):
            if normalise(number, settings.numbers.region) is None:
                place = (*key, "numbers", position)
                yield Fault(place, "is no telephone number", "write it as +86…")


#: What listens on every address of an IP version.
_EVERYWHERE = {4: "udp://0.0.0.0:5060", 6: "udp://[::]:5060"}


def _ways(settings: Settings) -> Iterator[Fault]:
    """Refuse trunks of UDP that no socket of ours can send to."""
    listens = [values.parse_listen(text) for text in settings.sip.listen]
    versions = {6 if ":" in one.host else 4 for one in listens if one.transport == "udp"}
    for index, trunk in enumerate(settings.trunk):
        address, place = trunk.address, ("trunk", index, "uri")
        version = address.ip_version
        is_left_to_dns = not (version or address.port_given or address.transport_given)
        if address.transport != "udp" or is_left_to_dns:
            continue
        if not versions:
            mend = "add udp://… to sip.listen, or ;transport=tcp here"
            yield Fault(place, "goes by UDP, which is not listened on", mend)
        elif version is not None and version not in versions:
            what = f"goes by IPv{version}, which no udp:// address speaks"
            yield Fault(place, what, f"add {_EVERYWHERE[version]} to sip.listen")


def _registrar(settings: Settings) -> Iterator[Fault]:
    for index in _repeated([user.name for user in settings.registrar.user]):
        place = ("registrar", "user", index, "name")
        yield Fault(place, "another telephone has this name", "name them apart")
    if settings.registrar.min_expires_s > settings.registrar.max_expires_s:
        least = ("registrar", "min_expires_s")
        yield Fault(least, "is more than max_expires_s", "choose a shorter time")
    for index in _repeated(settings.registrar.algorithms):
        yield Fault(("registrar", "algorithms", index), "is listed twice", "remove one of them")


def _defence(settings: Settings) -> Iterator[Fault]:
    if settings.defence.ban_max_s < settings.defence.ban_s:
        place = ("defence", "ban_max_s")
        yield Fault(place, "is less than ban_s", "make it at least as long")


def _sound(settings: Settings) -> Iterator[Fault]:
    media = settings.media
    if ":" in media.bind:
        yield Fault(("media", "bind"), "is an IPv6 address", "write it as bind6")
    if ":" in media.advertise:
        yield Fault(("media", "advertise"), "is an IPv6 address", "write it as advertise6")
    if media.advertise6 and not media.bind6:
        yield Fault(("media", "advertise6"), "has no sockets", "add bind6 = …")
    if media.srtp == "off":
        return
    listens = {values.parse_listen(text).transport for text in settings.sip.listen}
    if "tls" not in listens | {trunk.address.transport for trunk in settings.trunk}:
        mend = "add tls://… to sip.listen, or ;transport=tls to a trunk"
        yield Fault(("media", "srtp"), "needs TLS, and nothing here speaks it", mend)
    if media.srtp != "required":
        return
    for index, trunk in enumerate(settings.trunk):
        if trunk.address.transport != "tls":
            place = ("trunk", index, "uri")
            yield Fault(place, "has no TLS, and media.srtp is required", "add ;transport=tls")


def _policy(settings: Settings) -> Iterator[Fault]:
    emergency = set(settings.policy.emergency)
    for index, code in enumerate(settings.policy.allowed_short_codes):
        if code in emergency:
            place = ("policy", "allowed_short_codes", index)
            yield Fault(place, "is an emergency number", "remove it here: those are never dialled")
    for index, number in enumerate(settings.dial_through.numbers):
        if normalise(number, settings.numbers.region) is None:
            place = ("dial_through", "numbers", index)
            yield Fault(place, "is no telephone number", "write it as +86…")
    both = set(settings.calendar.holiday_days) & set(settings.calendar.worked_days)
    if both:
        what = f"has {min(both)}, which calendar.holidays has, too"
        yield Fault(("calendar", "worked"), what, "remove it from one of them")


def _oidc(settings: Settings) -> Iterator[Fault]:
    """Refuse what could let nobody in, or whom nobody meant."""
    oidc = settings.oidc
    if not oidc.issuer:
        return
    if not oidc.client_id:
        yield Fault(("oidc", "issuer"), "does not know this gateway", "add client_id = …")
    if not settings.api.public_url:
        what = "can't send people back"
        yield Fault(("oidc", "issuer"), what, "add public_url = … to [api]")
    if oidc.create_users and not (oidc.roles and oidc.role_claim):
        what = "does not say who may do what"
        yield Fault(("oidc", "create_users"), what, "add role_claim = … and roles = […]")


def _outlets(settings: Settings) -> Iterator[Fault]:
    yield from _mqtt(settings)
    yield from _sms(settings)


def _sms(settings: Settings) -> Iterator[Fault]:
    sms, http = settings.sms, settings.sms_http
    if sms.provider == "http" and not sms.url:
        yield Fault(("sms", "provider"), "has no address", "add url = …")
    if sms.provider == "smpp" and not settings.sms_smpp.host:
        yield Fault(("sms", "provider"), "has no address", "add host = … to [sms_smpp]")
    if http.sign != "none" and not http.secret_key.get_secret_value():
        yield Fault(("sms_http", "sign"), "has no secret", "add secret_key_file = …")
    for place, text in (
        (("sms", "url"), sms.url),
        (("sms_http", "body"), http.body),
        (("sms_http", "sign_text"), http.sign_text),
        *((("sms_http", "headers", index), one) for index, one in enumerate(http.headers)),
    ):
        unknown = sorted(set(_PLACEHOLDER.findall(text)) - SMS_PLACEHOLDERS)
        if unknown:
            mend = f"use {', '.join(sorted(SMS_PLACEHOLDERS))}"
            yield Fault(place, f"has the unknown placeholder {{{unknown[0]}}}", mend)


def _mqtt(settings: Settings) -> Iterator[Fault]:
    mqtt = settings.mqtt
    broker = mqtt.broker
    if mqtt.commands and broker is None:
        yield Fault(("mqtt", "commands"), "has no broker", "add url = …")
    if mqtt.tls_key and not mqtt.tls_cert:
        yield Fault(("mqtt", "tls_key"), "has no certificate", "add tls_cert = …")
    if broker is None or broker.tls:
        return
    for key in ("tls_ca", "tls_cert"):
        if getattr(mqtt, key):
            what = "is not used: url is mqtt://, which is not encrypted"
            yield Fault(("mqtt", key), what, "write the url as mqtts://…")


def _media(settings: Settings) -> Iterator[Fault]:
    """Refuse what rtpengine would not do for this node."""
    if settings.media.engine != "rtpengine":
        return
    engine = ("media", "engine")
    if settings.recording.enabled:
        mend = "set recording.enabled = false"
        yield Fault(engine, "can't record: the sound does not pass this node", mend)
    if settings.media.srtp != "off":
        yield Fault(engine, "encrypts nothing for this node", 'set media.srtp = "off"')
    if settings.media.bind6:
        yield Fault(engine, "carries no sound over IPv6", "leave media.bind6 empty")


def _speech(settings: Settings) -> Iterator[Fault]:
    """Refuse a command that could write nowhere, and voices that it is never told."""
    command = settings.speech.command
    if command and not any("{file}" in one for one in command[1:]):
        yield Fault(("speech", "command"), "does not say where to write", "add an argument {file}")
    voices = settings.speech.voice_by_language
    if command and len(voices) > 1 and not any("{voice}" in one for one in command[1:]):
        what = "has one voice for all languages"
        yield Fault(("speech", "command"), what, "add an argument {voice}")


def _transcription(settings: Settings) -> Iterator[Fault]:
    """Refuse what the chosen engine would pass over."""
    transcription = settings.transcription
    if transcription.vocabulary and transcription.engine == "whisper":
        what = "is for vosk; whisper listens for all words"
        yield Fault(("transcription", "vocabulary"), what, "leave it empty, or write a prompt")
    if transcription.prompt and transcription.engine == "vosk":
        what = "is for whisper; vosk reads none"
        yield Fault(("transcription", "prompt"), what, 'leave it empty, or set engine = "whisper"')


def _storage(settings: Settings) -> Iterator[Fault]:
    has_secret = bool(settings.storage.secret_key.get_secret_value())
    if has_secret and not settings.storage.access_key:
        yield Fault(("storage", "secret_key"), "has no key that it is to", "add access_key = …")
    if settings.storage.access_key and not has_secret:
        yield Fault(("storage", "access_key"), "has no secret", "add secret_key_file = …")
    if settings.recording.is_remote and settings.recording.local_dir in (
        settings.recording.spool_dir,
        settings.node.data_dir,
    ):
        place = ("recording", "local_dir")
        yield Fault(place, "is another thing's folder", "give recordings a folder of their own")


def _repeated(names: Sequence[str]) -> list[int]:
    counts = Counter(names)
    return [
        index for index, name in enumerate(names) if counts[name] > 1 and names.index(name) != index
    ]
