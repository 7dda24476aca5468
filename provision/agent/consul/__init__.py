"""What the consul_* modules share."""
