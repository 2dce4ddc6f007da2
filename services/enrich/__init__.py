"""Find what matters in a story: highlights, the actors in it, the places."""
