"""Which ports an endpoint may have."""

from __future__ import annotations

# Where models are served on the public Internet; everything else is asked for on purpose only.
_PUBLIC = frozenset(
    {
        80,
        443,
        1234,  # LM Studio
        3000,  # TGI
        4000,  # LiteLLM
        5000,
        11434,  # Ollama
        30000,  # SGLang
        *range(8000, 9000),  # vLLM, NIM, Triton, llama.cpp
    }
)
_LEAST_PRIVATE = 1024
# Above 1023, and never an endpoint: who gets a request to one of these wants something else.
OTHERS = {
    1080: "SOCKS",
    1433: "SQL Server",
    1434: "SQL Server",
    1521: "Oracle",
    1719: "H.323",
    1720: "H.323",
    1723: "PPTP",
    1883: "MQTT",
    2049: "NFS",
    2181: "ZooKeeper",
    2375: "Docker",
    2376: "Docker",
    2377: "Docker",
    2379: "etcd",
    2380: "etcd",
    3128: "a proxy",
    3306: "MySQL",
    3389: "remote desktops",
    3659: "Apple's SASL",
    4045: "NFS",
    4190: "Sieve",
    4222: "NATS",
    4369: "Erlang",
    5060: "SIP",
    5061: "SIP",
    5432: "PostgreSQL",
    5433: "PostgreSQL",
    5671: "AMQP",
    5672: "AMQP",
    5900: "VNC",
    5984: "CouchDB",
    5985: "WinRM",
    5986: "WinRM",
    6000: "X11",
    6379: "Redis",
    6380: "Redis",
    6443: "Kubernetes",
    6566: "SANE",
    6665: "IRC",
    6666: "IRC",
    6667: "IRC",
    6668: "IRC",
    6669: "IRC",
    6679: "IRC",
    6697: "IRC",
    7000: "Cassandra",
    7687: "Neo4j",
    9042: "Cassandra",
    9092: "Kafka",
    9093: "Kafka",
    9094: "Kafka",
    9100: "printers",
    9200: "Elasticsearch",
    9300: "Elasticsearch",
    10080: "backups",
    10250: "Kubernetes",
    10255: "Kubernetes",
    11211: "memcached",
    15672: "RabbitMQ",
    16379: "Redis",
    26379: "Redis",
    27017: "MongoDB",
    27018: "MongoDB",
    27019: "MongoDB",
}


def is_ever_allowed(port: int) -> bool:
    """Whether an endpoint may have the port anywhere."""
    return port in _PUBLIC or (port >= _LEAST_PRIVATE and port not in OTHERS)


def is_allowed_in_public(port: int) -> bool:
    """Whether an endpoint outside of permitted networks may have the port."""
    return port in _PUBLIC
