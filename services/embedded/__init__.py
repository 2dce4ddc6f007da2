"""The laptop twin of docker-compose.yml: the same servers and commands, without Docker or root."""
