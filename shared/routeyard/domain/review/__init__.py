"""Looking a version of a policy over before it takes part: what it would come to, and for whom."""
