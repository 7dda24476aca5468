"""What a cluster's nodes fetch from package repositories crosses the network once."""
