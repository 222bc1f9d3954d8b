"""Attribution: datelines, credits, relays, people."""
