"""MQTT: events out, commands in, the node's status; by aiomqtt."""
