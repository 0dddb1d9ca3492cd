"""Routeyard's library: what every service shares and what an application may embed."""
