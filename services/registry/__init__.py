"""The single writer: facts from Kafka and GraphQL become a versioned graph in PostgreSQL."""
