"""Learns the weights of highlights from articles and the bullet points that editors wrote for them."""
