"""The contract in bytes: topics, envelopes, and the JSON inside them."""
