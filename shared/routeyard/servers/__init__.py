"""Live servers of models: which kinds there are, and how each is asked what it serves."""
