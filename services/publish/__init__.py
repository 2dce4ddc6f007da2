"""Tell those who asked: subscriptions, fan-out, signed deliveries."""
