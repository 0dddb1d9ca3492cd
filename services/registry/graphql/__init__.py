"""The registry's GraphQL: what people ask and order. It decides nothing itself."""
