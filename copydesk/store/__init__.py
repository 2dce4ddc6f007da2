"""The truth: every question and every change that copydesk puts to PostgreSQL."""
