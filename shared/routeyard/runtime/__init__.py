"""What every service does as a process: settings, logs, probes, metrics."""
