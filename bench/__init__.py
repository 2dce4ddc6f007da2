"""What copydesk costs, measured: `python -m bench` writes docs/performance.md."""
