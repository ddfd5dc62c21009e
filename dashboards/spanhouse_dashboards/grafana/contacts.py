"""A contact as a contact point of Grafana."""

from __future__ import annotations

from typing import Any

from spanhouse_dashboards.alerts import Contact


def contact_point(contact: Contact) -> dict[str, Any]:
    """The contact point in the shape of the provisioning API; its name is what rules refer to."""
    return {
        "uid": f"spanhouse-{contact.name}"[:40],
        "name": contact.name,
        "type": "webhook",
        "settings": {"url": contact.webhook_url, "httpMethod": "POST"},
        "disableResolveMessage": False,
    }
