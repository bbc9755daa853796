"""An installation check: functions whose indices are known exactly, through the framework's own stages."""
