"""Following the registry: what a router and an application that embeds the library share."""
