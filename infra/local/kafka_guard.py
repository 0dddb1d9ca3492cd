"""Apache Kafka that asks who connects: SASL/PLAIN on loopback, and access rules that are kept."""

from collections.abc import Mapping

ADMIN = "superuser"
_LOGIN = "org.apache.kafka.common.security.plain.PlainLoginModule"


def guard_settings(passwords: Mapping[str, str]) -> dict[str, str]:
    """A node's settings: users by password, nothing allowed to anybody but ``superuser``.

    The node itself connects as ``superuser``, to its controller too: nobody is let in unnamed.
    """
    known = " ".join(f'user_{user}="{password}"' for user, password in passwords.items())
    login = f'{_LOGIN} required username="{ADMIN}" password="{passwords[ADMIN]}" {known};'
    return {
        "listener.security.protocol.map": "SASL_PLAINTEXT:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT",
        "inter.broker.listener.name": "SASL_PLAINTEXT",
        "sasl.enabled.mechanisms": "PLAIN",
        "sasl.mechanism.inter.broker.protocol": "PLAIN",
        "sasl.mechanism.controller.protocol": "PLAIN",
        "listener.name.sasl_plaintext.plain.sasl.jaas.config": login,
        "listener.name.controller.plain.sasl.jaas.config": login,
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": f"User:{ADMIN}",
    }


def client_settings(user: str, password: str) -> dict[str, str]:
    """What one of Kafka's own tools needs to connect as ``user``."""
    return {
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "PLAIN",
        "sasl.jaas.config": f'{_LOGIN} required username="{user}" password="{password}";',
    }
