"""The panels, one file a page. Only data: how a panel runs or is drawn is elsewhere."""
