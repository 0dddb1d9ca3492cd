"""A stateless router: it follows the graph and answers which model, where, and why."""
