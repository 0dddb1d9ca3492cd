"""The embedded stack: PostgreSQL, a Kafka-protocol broker and every service, on one machine."""
