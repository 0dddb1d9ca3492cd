"""The schema's history; `routeyard migrate` brings a database to its end."""
