"""Monitored sessions: training loops that initialize, recover, save, log and stop by themselves."""
