"""The ways a message goes out: our JSON to a web address, Alertmanager's API, or a service of the notification library."""

from spanhouse_dashboards.alerts.channels.send import NotificationRefused, ReceiverAway, is_usable, send

__all__ = ["NotificationRefused", "ReceiverAway", "is_usable", "send"]
