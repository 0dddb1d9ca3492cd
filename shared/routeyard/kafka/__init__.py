"""What every service does with the broker."""
