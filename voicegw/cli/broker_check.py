"""What is wrong with the MQTT broker, for `voicegw check`: one log-in, as a node would."""

from __future__ import annotations

from config.settings import Settings
from voicegw.cli.failures import problems_of
from voicegw.errors import ConfigError, Problem, VoicegwError
from voicegw.events.mqtt.attempts import Failure, MqttVersion
from voicegw.events.mqtt.client import BrokerClient, BrokerLostError
from voicegw.events.mqtt.options import BrokerOptions, options_of
from voicegw.setup.mqtt import mqtt_terms
from voicegw.store.database import Database
from voicegw.store.groups import GroupRepository

_MEND = "start it; correct address, user, password or certificates"


async def broker_problems(settings: Settings) -> list[Problem]:
    """Return what keeps a node from its broker; nothing where none is configured."""
    terms = mqtt_terms(settings)
    if terms is None:
        return []
    try:
        # A client of its own, so that a node that runs stays connected.
        options = options_of(terms, f"voicegw-{settings.node.name}-check")
    except ConfigError as error:
        return error.problems
    problems = []
    failure = await _log_in(options)
    if failure is not None:
        place = f"{options.host}:{options.port}"
        problems.append(Problem("mqtt.url", f"{place}: {failure.detail}", _MEND))
    return problems + await _group_problems(settings, terms.group_id)


async def _log_in(options: BrokerOptions) -> BrokerLostError | None:
    """Return why there is no connection by any version of MQTT; None when there was one."""
    failure: BrokerLostError | None = None
    for version in (MqttVersion.V5, MqttVersion.V311):
        client = BrokerClient(options, version)
        try:
            await client.open()
        except BrokerLostError as error:
            failure = failure or error
            if error.why is Failure.UNREACHABLE:
                break
        else:
            await client.close()
            return None
    return failure


async def _group_problems(settings: Settings, group_id: str | None) -> list[Problem]:
    if group_id is None:
        return []
    try:
        database = await Database.open(settings.store.url)
    except (VoicegwError, OSError):
        return []  # told of as the store's
    try:
        if await GroupRepository(database).get(group_id) is not None:
            return []
    except VoicegwError as error:
        return problems_of(error)
    finally:
        await database.close()
    return [Problem("mqtt.group_id", "there is no such group", "name one by its id, grp_…")]
