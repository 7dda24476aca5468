"""What the docker_* modules share."""
